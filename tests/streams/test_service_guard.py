"""The guard stops asking a service that is away, tells so, and asks again when it is back."""

import asyncio
from collections.abc import Sequence

import pytest
from tenacity import AsyncRetrying, RetryCallState

from streams.classifiers import Scores
from streams.errors import (
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
    NamelessServiceError,
    NotWantedError,
)
from streams.service_guard import ServiceGuard, pauses
from streams.settings import StreamSettings, Threshold
from tests.streams.examples import BALANCED, number_of

SETTINGS = StreamSettings(retry_wait_s=0.001, retry_max_wait_s=0.002, retry_budget_s=0.01)


class SwitchedClassifier:
    """Answers while it is switched on; remembers what it was asked."""

    url = "test:"

    def __init__(self) -> None:
        self.on = True
        self.asked: list[tuple[str, ...]] = []

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        self.asked.append(tuple(texts))
        if not self.on:
            raise ClassifierUnavailableError(self.url, "switched off")
        return Scores([0.5] * len(texts), "v1", {}, number_of(explain_above))

    async def close(self) -> None: ...


class HangingClassifier(SwitchedClassifier):
    """Never answers, and knows no time limit of its own."""

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        await asyncio.Event().wait()
        raise AssertionError


async def until(true: asyncio.Event) -> None:
    async with asyncio.timeout(10.0):
        await true.wait()


async def test_service_that_stays_away_opens_the_breaker_until_a_probe_is_answered() -> None:
    classifier = SwitchedClassifier()
    opened, closed = asyncio.Event(), asyncio.Event()
    guard = ServiceGuard(classifier, SETTINGS, on_change=lambda away: (opened if away else closed).set())
    classifier.on = False
    scoring = asyncio.create_task(guard.score(["a"], lambda: True, most=3))
    await until(opened)
    assert guard.away
    asked = len([each for each in classifier.asked if each == ("a",)])
    classifier.on = True
    await until(closed)
    assert not guard.away
    assert len([each for each in classifier.asked if each == ("a",)]) == asked, (
        "only the probe asked meanwhile"
    )
    assert (await scoring).model_version == "v1"
    assert guard.retries == classifier.asked.count(("a",)) - 1
    await guard.close()


async def test_stop_while_the_service_is_away_gives_the_batch_back() -> None:
    classifier = SwitchedClassifier()
    classifier.on = False
    opened = asyncio.Event()
    wanted = True
    guard = ServiceGuard(classifier, SETTINGS, on_change=lambda away: opened.set())
    scoring = asyncio.create_task(guard.score(["a"], lambda: wanted, most=3))
    await until(opened)
    wanted = False
    with pytest.raises(NotWantedError):
        await scoring
    await guard.close()


async def test_call_that_nobody_ends_is_ended() -> None:
    guard = ServiceGuard(HangingClassifier(), StreamSettings(classifier_timeout_s=0.01))
    async with asyncio.timeout(10.0):
        assert not await guard.answers()


async def test_probe_that_fails_in_an_unknown_way_holds_nobody_up() -> None:
    """The next call finds the same error, and the worker stops with it."""

    class Broken(SwitchedClassifier):
        async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
            await super().score(texts, explain_above, reasons) if texts == ["a"] else None
            raise ZeroDivisionError

    classifier = Broken()
    classifier.on = False
    closed = asyncio.Event()
    guard = ServiceGuard(classifier, SETTINGS, on_change=lambda away: None if away else closed.set())
    guard._failed()
    await asyncio.sleep(SETTINGS.retry_budget_s)
    guard._failed()
    await until(closed)
    assert not guard.away


def test_pauses_grow_up_to_a_limit_and_are_never_the_same() -> None:
    settings = StreamSettings(retry_wait_s=1.0, retry_max_wait_s=8.0)
    rule = pauses(settings)

    def pause(attempt: int) -> float:
        state = RetryCallState(AsyncRetrying(), None, (), {})
        state.attempt_number = attempt
        return rule(state)

    assert 1.0 <= pause(1) <= 2.0 <= pause(2) <= 3.0 < pause(3) <= 5.0
    assert pause(20) <= 8.0
    assert len({pause(1) for _ in range(10)}) > 1


@pytest.mark.parametrize(
    "error", [ClassifierUnavailableError("u", "reset"), ClassifierFailedError("u", "500")]
)
async def test_text_that_breaks_a_service_which_answers_others_is_found_out(error: Exception) -> None:
    class Allergic(SwitchedClassifier):
        async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
            self.asked.append(tuple(texts))
            if "bad" in texts:
                raise error
            return Scores([0.5] * len(texts), "v1", {}, number_of(explain_above))

    classifier = Allergic()
    guard = ServiceGuard(classifier, SETTINGS)
    with pytest.raises(type(error)):
        await guard.score(["bad"], lambda: True, most=4)
    assert classifier.asked.count(("bad",)) in (4, 5), "the first one may be an outage's"
    assert guard.decided == 1


async def test_text_that_takes_the_service_down_with_it_is_found_out() -> None:
    """Each time the service is away for some calls; then it answers again, until it sees the text."""

    class Fragile(SwitchedClassifier):
        away_for = 0

        async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
            self.away_for = 5 if "bad" in texts and self.away_for <= 0 else self.away_for - 1
            if self.away_for > 0:
                raise ClassifierUnavailableError(self.url, "connection refused")
            return Scores([0.5] * len(texts), "v1", {}, number_of(explain_above))

    guard = ServiceGuard(Fragile(), SETTINGS)
    async with asyncio.timeout(20.0):
        with pytest.raises(ClassifierUnavailableError):
            await guard.score(["bad"], lambda: True, most=3)
        assert (await guard.score(["good"], lambda: True, most=3)).model_version == "v1"
    await guard.close()


async def test_failure_in_the_last_moments_of_an_outage_condemns_no_comment() -> None:
    class Recovering(SwitchedClassifier):
        failures = 40

        async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
            self.failures -= 1
            if self.failures > 0:
                raise ClassifierFailedError(self.url, "500")
            return await super().score(texts, explain_above, reasons)

    guard = ServiceGuard(Recovering(), StreamSettings(retry_wait_s=0.001, retry_max_wait_s=0.002))
    assert (await guard.score(["a"], lambda: True, most=3)).model_version == "v1"


class OlderClassifier(SwitchedClassifier):
    """Refuses whatever it is asked with a name in place of a number, and texts that hold "bad"."""

    knows_names = False

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        if (isinstance(explain_above, str) and not self.knows_names) or "bad" in texts:
            raise ClassifierRefusedError(self.url, 400, "explain_above has to be a number")
        return await super().score(texts, explain_above, reasons)


NAMED = StreamSettings(**{**SETTINGS.model_dump(), "moderation_threshold": "balanced"})


@pytest.mark.parametrize("probing", [True, False])
async def test_service_that_refuses_everything_for_the_name_is_a_wrong_setting(probing: bool) -> None:
    guard = ServiceGuard(OlderClassifier(), NAMED)
    with pytest.raises(NamelessServiceError, match=r"MOD_MODERATION_THRESHOLD=balanced.*has to be a number"):
        await (guard.answers() if probing else guard.score(["a", "b"], lambda: True, most=3))


async def test_refusal_of_texts_is_theirs_while_the_service_knows_the_name() -> None:
    classifier = OlderClassifier()
    classifier.knows_names = True
    guard = ServiceGuard(classifier, NAMED)
    assert (await guard.score(["a"], lambda: True, most=3)).threshold == BALANCED
    with pytest.raises(ClassifierRefusedError):
        await guard.score(["bad"], lambda: True, most=3)


async def test_refusal_is_nobodys_fault_while_the_service_does_not_answer_to_the_name() -> None:
    """Else an older service that goes away at once would have its comments dead-lettered."""

    class Restarting(OlderClassifier):
        knows_names = True
        calls = 0

        async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
            self.calls += 1
            if self.calls == 1:
                raise ClassifierRefusedError(self.url, 400, "explain_above has to be a number")
            if self.calls == 2:
                raise ClassifierUnavailableError(self.url, "connection refused")
            return await super().score(texts, explain_above, reasons)

    guard = ServiceGuard(Restarting(), NAMED)
    assert (await guard.score(["a"], lambda: True, most=3)).model_version == "v1"


async def test_refusal_with_a_number_costs_no_further_call() -> None:
    classifier = OlderClassifier()
    with pytest.raises(ClassifierRefusedError):
        await ServiceGuard(classifier, SETTINGS).score(["bad"], lambda: True, most=3)
    assert classifier.asked == []
