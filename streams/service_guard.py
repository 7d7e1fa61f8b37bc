"""Asks the classifier on behalf of the moderator: again after a failure, and not at all while it is away.

What is tried again, how often, and what comes after that is decided here; the README has the whole failure
policy as a table. The batch that waits is held in memory, and `on_change` tells when to stop and to resume
fetching more.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Sequence

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter
from tenacity.wait import wait_base

from streams.breaker import Breaker
from streams.classifiers import Classifier, Scores
from streams.errors import ClassifierError, ClassifierFailedError, NamelessServiceError, NotWantedError
from streams.settings import StreamSettings

logger = logging.getLogger(__name__)

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
        self._limit_s = settings.classifier_timeout_s + GRACE_S
        self._breaker = Breaker(settings.retry_budget_s)
        self._probing: asyncio.Task[None] | None = None
        self._answered_at_s: float | None = None
        self.decided = 0
        """Calls that came to an end since the start: scores, or an error that is the texts' fault."""
        self.retries = 0
        """Calls that were made again since the start."""

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

    async def score(self, texts: Sequence[str], wanted: Callable[[], bool], most: int) -> Scores:
        """Return the scores of `texts`, with the reasons of those above the moderation threshold.

        A service that does not answer is waited for as long as `wanted` says so.

        Args:
            texts: The texts, all in one call.
            wanted: Whether to try again after a failure.
            most: Failures, each right after the service had answered another call, that make it the texts'
                fault.

        Raises:
            ClassifierError: What is the texts' fault: the service refuses them, or goes on failing on them.
            NotWantedError: If there is no answer and trying again is not wanted any more.
            SettingsError: If the threshold is a name that the model or its service does not know.
        """
        trial = _Trial(self, wanted, most)
        try:
            scores = await trial.ask(texts)
        except ClassifierError as error:
            scores = await self._score_again(texts, trial, error)
        self.decided += 1
        return scores

    async def _score_again(self, texts: Sequence[str], trial: "_Trial", failure: ClassifierError) -> Scores:
        """Go on after a failure, as `score` says; in `score`, tenacity would cost each call that succeeds."""
        failures = [failure]

        async def attempt() -> Scores:
            if failures:
                raise failures.pop()  # of the attempt that was made already
            self.retries += 1
            return await trial.ask(texts)

        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ClassifierError) and error.retriable),
            stop=trial.is_over,  # type: ignore[arg-type]  # tenacity awaits it, though its types do not say so
            wait=pauses(self._settings),
            sleep=trial.pause,
            before_sleep=_log_retry,
            reraise=True,
        )
        try:
            scores: Scores = await retrying(attempt)
        except ClassifierError as error:
            error.attempts = retrying.statistics["attempt_number"]
            if error.retriable and not trial.is_their_fault:
                raise NotWantedError(len(texts), error) from error
            self.decided += 1
            raise
        return scores

    async def answers(self) -> bool:
        """Return whether the service scores a harmless text; at most one time limit long."""
        try:
            await self.ask(PROBE)
        except ClassifierError:
            return False
        return True

    async def ask(self, texts: Sequence[str]) -> Scores:
        """Return the scores of `texts` from one call, whatever the state of the breaker.

        Raises:
            ClassifierError: If there are none within the time limit.
            SettingsError: If the threshold is a name that the model or its service does not know.
        """
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
            else:
                await self._require_names(texts, error)
            raise
        self._breaker.succeeded()
        self._answered_at_s = time.monotonic()
        return scores

    async def close(self) -> None:
        """Give back the classifier's connections and stop probing, in this order: a probe opens new ones."""
        await self._classifier.close()
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing

    async def _require_names(self, texts: Sequence[str], refusal: ClassifierError) -> None:
        """See that a refusal is the texts' fault: a service may refuse them for the name of the threshold.

        Raises:
            NamelessServiceError: If it refuses a harmless text as well.
            ClassifierError: If it does not answer.
        """
        name = self._settings.moderation_threshold
        if not isinstance(name, str):
            return
        if texts is PROBE:
            raise NamelessServiceError(self._classifier.url, name, str(refusal)) from refusal
        await self.ask(PROBE)

    def _failed(self) -> None:
        self._answered_at_s = None
        self._breaker.failed(time.monotonic())
        if self.away and self._probing is None:
            self._probing = asyncio.create_task(self._probe_until_back())

    async def _probe_until_back(self) -> None:
        """Ask now and then until the service answers; meanwhile nobody else asks."""
        url, every_s = self._classifier.url, self._settings.retry_max_wait_s
        logger.warning(
            "%s is away after %g s of failures; asking it every %g s",
            url,
            self._settings.retry_budget_s,
            every_s,
        )
        self._on_change(True)
        since_s = time.monotonic()
        try:
            while not await self.answers():  # noqa: ASYNC110  somebody has to ask
                await asyncio.sleep(every_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter
            logger.warning("%s is back after %.0f s", url, time.monotonic() - since_s)
        finally:
            # However the probing ends, the next call finds out how things are.
            self._probing = None
            self._breaker.succeeded()
            self._on_change(False)


class _Trial:
    """The attempts at one call, and what they say of its texts."""

    def __init__(self, guard: ServiceGuard, wanted: Callable[[], bool], most: int) -> None:
        self._guard = guard
        self._wanted = wanted
        self._most = most
        self._against_them = 0
        self._answered_before = False

    @property
    def is_their_fault(self) -> bool:
        """Return whether the service goes on failing on these texts, while it answers others."""
        return self._against_them >= self._most

    async def ask(self, texts: Sequence[str]) -> Scores:
        """Make one attempt."""
        self._answered_before = self._guard.reachable
        return await self._guard.ask(texts)

    async def is_over(self, state: RetryCallState) -> bool:
        """Return whether the failed attempt was the last one, after a look whether the service answers."""
        # Only a failure right after an answer is held against the texts: an outage says nothing of them.
        self._against_them += self._answered_before
        if self._wanted() and not self._guard.away:
            await self._guard.answers()
        return self.is_their_fault or not self._wanted()

    async def pause(self, seconds: float) -> None:
        """Wait for so long, and then until the service is not away, or it is not wanted any more."""
        deadline_s = time.monotonic() + seconds
        while self._wanted() and (self._guard.away or time.monotonic() < deadline_s):
            left_s = NAP_S if self._guard.away else deadline_s - time.monotonic()
            await asyncio.sleep(min(left_s, NAP_S))


def pauses(settings: StreamSettings) -> wait_base:
    """Return the pauses between attempts: each twice the one before up to a limit, never quite the same."""
    return wait_exponential_jitter(
        multiplier=settings.retry_wait_s, max=settings.retry_max_wait_s, jitter=settings.retry_wait_s
    )


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait_s = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s; attempt %d, next in %.1f s", error, state.attempt_number, wait_s)
