"""The guard stops asking a service that is away, tells so, and asks again when it is back."""

import asyncio
from collections.abc import Sequence

import pytest
from tenacity import AsyncRetrying, RetryCallState

from streams.classifiers import Scores
from streams.errors import ClassifierFailedError, ClassifierUnavailableError, NotWantedError
from streams.service_guard import ServiceGuard, pauses
from streams.settings import StreamSettings

SETTINGS = StreamSettings(retry_wait_s=0.001, retry_max_wait_s=0.002, retry_budget_s=0.01)


class SwitchedClassifier:
    """Answers while it is switched on; remembers what it was asked."""

    url = "test:"

    def __init__(self) -> None:
        self.on = True
        self.asked: list[tuple[str, ...]] = []

    async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
        self.asked.append(tuple(texts))
        if not self.on:
            raise ClassifierUnavailableError(self.url, "switched off")
        return Scores([0.5] * len(texts), "v1", {})

    async def close(self) -> None: ...


class HangingClassifier(SwitchedClassifier):
    """Never answers, and knows no time limit of its own."""

    async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
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
        async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
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
        async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
            self.asked.append(tuple(texts))
            if "bad" in texts:
                raise error
            return Scores([0.5] * len(texts), "v1", {})

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

        async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
            self.away_for = 5 if "bad" in texts and self.away_for <= 0 else self.away_for - 1
            if self.away_for > 0:
                raise ClassifierUnavailableError(self.url, "connection refused")
            return Scores([0.5] * len(texts), "v1", {})

    guard = ServiceGuard(Fragile(), SETTINGS)
    async with asyncio.timeout(20.0):
        with pytest.raises(ClassifierUnavailableError):
            await guard.score(["bad"], lambda: True, most=3)
        assert (await guard.score(["good"], lambda: True, most=3)).model_version == "v1"
    await guard.close()


async def test_failure_in_the_last_moments_of_an_outage_condemns_no_comment() -> None:
    class Recovering(SwitchedClassifier):
        failures = 40

        async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
            self.failures -= 1
            if self.failures > 0:
                raise ClassifierFailedError(self.url, "500")
            return await super().score(texts, explain_above, reasons)

    guard = ServiceGuard(Recovering(), StreamSettings(retry_wait_s=0.001, retry_max_wait_s=0.002))
    assert (await guard.score(["a"], lambda: True, most=3)).model_version == "v1"
