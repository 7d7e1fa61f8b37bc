"""Asks the classifier on behalf of the moderator: again after a failure, and not at all while it is away.

What is tried again, how often, and what comes after that is the failure policy; the README has it as a table.
The batch that waits is held in memory, and `on_change` tells when to stop and to resume fetching more.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Sequence

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from streams.breaker import Breaker
from streams.classifiers import Classifier, Scores
from streams.errors import (
    ClassifierAnswerError,
    ClassifierError,
    ClassifierFailedError,
    NotWantedError,
)
from streams.settings import StreamSettings

logger = logging.getLogger(__name__)

ON_THESE_TEXTS = (ClassifierFailedError, ClassifierAnswerError)
"""What may be the texts' fault, if the service answers another call right afterwards."""

ATTEMPTS_TOGETHER = 3
"""Failures in a row, with the service answering in between, after which a call is to be halved."""

PROBE = ("Is anybody there?",)
"""What the service is asked to see whether it answers at all."""

NAP_S = 0.1
"""A pause is made of naps, so that a stop is noticed soon."""

GRACE_S = 1.0
"""The classifiers keep their own time limit; this one, later by so much, holds whatever they do."""


class ServiceGuard:
    """Asks a classifier within limits: of time, of attempts, and of calls to a service that is away."""

    def __init__(
        self,
        classifier: Classifier,
        settings: StreamSettings,
        on_change: Callable[[bool], None] = lambda away: None,
    ) -> None:
        self._classifier = classifier
        self._settings = settings
        self._on_change = on_change
        self._breaker = Breaker(settings.retry_budget_s)
        self._limit_s = settings.classifier_timeout_s + GRACE_S
        self._probing: asyncio.Task[None] | None = None
        self._answered_at_s: float | None = None

    @property
    def away(self) -> bool:
        """Return whether the service is taken to be away: the breaker is open."""
        return self._breaker.is_open

    @property
    def reachable(self) -> bool:
        """Return whether the service answered the last call."""
        return self._answered_at_s is not None

    def silent_for(self, seconds: float) -> bool:
        """Return whether there has been no answer for so long, be it that nobody asked."""
        return self._answered_at_s is None or time.monotonic() - self._answered_at_s >= seconds

    async def score(self, texts: Sequence[str], wanted: Callable[[], bool]) -> Scores:
        """Return the scores of `texts`, at or above the moderation threshold with reasons.

        A service that does not answer is waited for as long as `wanted` says so.

        Raises:
            ClassifierRefusedError: If the service says that the request is wrong.
            ClassifierFailedError: If it fails on these texts, though it answers otherwise.
            ClassifierAnswerError: If it answers nonsense for these texts, though not otherwise.
            NotWantedError: If there is no answer and trying again is not wanted any more.
        """
        most = ATTEMPTS_TOGETHER if len(texts) > 1 else self._settings.attempts_per_comment

        against_them = 0

        async def is_enough(state: RetryCallState) -> bool:
            nonlocal against_them
            error = state.outcome.exception() if state.outcome else None
            # A failure in the last moments of an outage is held against them once, not for all of it.
            theirs = isinstance(error, ON_THESE_TEXTS) and not self.away and wanted() and await self.answers()
            against_them = against_them + 1 if theirs else 0
            return against_them >= most or not wanted()

        async def pause(seconds: float) -> None:
            deadline = time.monotonic() + seconds
            while wanted() and (self.away or time.monotonic() < deadline):
                left_s = NAP_S if self.away else deadline - time.monotonic()
                await asyncio.sleep(min(left_s, NAP_S))

        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ClassifierError) and error.retriable),
            stop=is_enough,  # type: ignore[arg-type]  # tenacity awaits it, though its types do not say so
            wait=wait_exponential_jitter(
                multiplier=self._settings.retry_wait_s,
                max=self._settings.retry_max_wait_s,
                jitter=self._settings.retry_wait_s,
            ),
            sleep=pause,
            before_sleep=_log_retry,
            reraise=True,
        )
        try:
            return await retrying(self._ask, texts)
        except ClassifierError as error:
            error.attempts = retrying.statistics["attempt_number"]
            if error.retriable and not wanted():
                raise NotWantedError(len(texts), error) from error
            raise

    async def answers(self) -> bool:
        """Return whether the service scores a harmless text; at most one time limit long."""
        try:
            await self._ask(PROBE)
        except ClassifierError:
            return False
        return True

    async def close(self) -> None:
        """Stop probing and give back the classifier's connections."""
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing
        await self._classifier.close()

    async def _ask(self, texts: Sequence[str]) -> Scores:
        settings = self._settings
        try:
            async with asyncio.timeout(self._limit_s):
                scores = await self._classifier.score(
                    texts, settings.moderation_threshold, settings.reasons_per_alert
                )
        except TimeoutError as error:
            self._failed()
            raise ClassifierFailedError(self._classifier.url, f"no answer in {self._limit_s:g} s") from error
        except ClassifierError as error:
            if error.retriable:
                self._failed()
            raise
        self._breaker.succeeded()
        self._answered_at_s = time.monotonic()
        return scores

    def _failed(self) -> None:
        self._answered_at_s = None
        self._breaker.failed(time.monotonic())
        if self.away and self._probing is None:
            self._probing = asyncio.create_task(self._probe_until_back())

    async def _probe_until_back(self) -> None:
        """Ask now and then until the service answers; meanwhile nobody else asks."""
        logger.warning(
            "%s is away: partitions paused after %g s of failures, asking every %g s",
            self._classifier.url,
            self._settings.retry_budget_s,
            self._settings.retry_max_wait_s,
        )
        self._on_change(True)
        since = time.monotonic()
        while not await self.answers():  # noqa: ASYNC110  somebody has to ask
            await asyncio.sleep(self._settings.retry_max_wait_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter
        self._probing = None
        self._on_change(False)
        logger.warning(
            "%s is back after %.0f s: partitions resumed", self._classifier.url, time.monotonic() - since
        )


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait_s = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s; attempt %d, next in %.1f s", error, state.attempt_number, wait_s)
