"""The guard stops asking a service that is away, tells so, and asks again when it is back."""

import asyncio
from collections.abc import Sequence

import pytest

from streams.classifiers import Scores
from streams.errors import ClassifierFailedError, ClassifierUnavailableError, NotWantedError
from streams.service_guard import ServiceGuard
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
    scoring = asyncio.create_task(guard.score(["a"], lambda: True))
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
    scoring = asyncio.create_task(guard.score(["a"], lambda: wanted))
    await until(opened)
    wanted = False
    with pytest.raises(NotWantedError):
        await scoring
    await guard.close()


async def test_call_that_nobody_ends_is_ended() -> None:
    settings = StreamSettings(classifier_timeout_s=0.01)
    guard = ServiceGuard(HangingClassifier(), settings)
    guard._limit_s = 0.02
    async with asyncio.timeout(10.0):
        assert not await guard.answers()


async def test_failure_in_the_last_moments_of_an_outage_condemns_no_comment() -> None:
    class Recovering(SwitchedClassifier):
        failures = 40

        async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
            self.failures -= 1
            if self.failures > 0:
                raise ClassifierFailedError(self.url, "500")
            return await super().score(texts, explain_above, reasons)

    guard = ServiceGuard(Recovering(), StreamSettings(retry_wait_s=0.001, retry_max_wait_s=0.002))
    assert (await guard.score(["a"], lambda: True)).model_version == "v1"
