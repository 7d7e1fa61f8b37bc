"""Gives every record of a batch its outcome: scored, or dead-lettered with the reason."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from streams.classifiers import Classifier, Scores
from streams.dead_letters import dead_letter
from streams.errors import (
    ClassifierError,
    ClassifierFailedError,
    ClassifierRefusedError,
    InvalidCommentError,
    OutputTooLargeError,
)
from streams.moderation import outputs_for, prediction_of
from streams.records import Comment, Output, Prediction, Reason, SourceRecord, parse_comment
from streams.settings import StreamSettings
from streams.topics import MAX_OUTPUT_BYTES, Topics

logger = logging.getLogger(__name__)

HALVE_AFTER = 3
"""Attempts after which a call that the service fails on is tried with half of the comments."""

NAP_S = 0.1
"""A pause is made of naps, so that a stop is noticed soon."""

type Readable = tuple[SourceRecord, Comment]


class Moderator:
    """Decodes, asks the classifier and decides; what it returns is in the order of the records."""

    def __init__(
        self, classifier: Classifier, settings: StreamSettings, topics: Topics, clock: Callable[[], float]
    ) -> None:
        self._classifier = classifier
        self._settings = settings
        self._topics = topics
        self._clock = clock
        self._model_version = ""

    async def handle(self, records: Sequence[SourceRecord], wanted: Callable[[], bool]) -> list[Output]:
        """Return what goes on the topics for a batch; every record has a prediction or a dead letter.

        Args:
            records: The batch, in delivery order.
            wanted: Whether to try again after a failure.

        Raises:
            ClassifierError: If the classifier has no answer and trying again is not wanted any more.
        """
        outcomes: dict[str, list[Output]] = {}
        readable: list[Readable] = []
        for record in records:
            try:
                readable.append((record, parse_comment(record)))
            except InvalidCommentError as error:
                outcomes[record.event_id] = [self._dead_letter(record, error)]
        if readable:
            await self._moderate(readable, wanted, outcomes)
        return [output for record in records for output in outcomes[record.event_id]]

    async def _moderate(
        self, part: Sequence[Readable], wanted: Callable[[], bool], outcomes: dict[str, list[Output]]
    ) -> None:
        """Score a part of a batch; what the service refuses or fails on is halved, down to the culprit."""
        retrying = self._retrying(len(part), wanted)
        try:
            scores = await self._scores(retrying, part)
        except (ClassifierRefusedError, ClassifierFailedError) as error:
            refused = isinstance(error, ClassifierRefusedError)
            if len(part) > 1 and (refused or wanted()):
                middle = len(part) // 2
                await self._moderate(part[:middle], wanted, outcomes)
                await self._moderate(part[middle:], wanted, outcomes)
                return
            if not refused:
                raise
            record, _ = part[0]
            attempts = retrying.statistics["attempt_number"]
            outcomes[record.event_id] = [self._dead_letter(record, error, attempts)]
            return
        self._model_version = scores.model_version
        now = self._clock()
        for index, (record, comment) in enumerate(part):
            prediction = prediction_of(comment, record, scores, index, now)
            outcomes[record.event_id] = self._outputs(prediction, record, scores.reasons.get(index, ()))

    def _retrying(self, size: int, wanted: Callable[[], bool]) -> AsyncRetrying:
        """Return the rule by which a call for so many comments is made again."""
        settings = self._settings

        def is_enough(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            failed = isinstance(error, ClassifierFailedError) and state.attempt_number >= HALVE_AFTER
            return not wanted() or (failed and size > 1)

        async def pause(seconds: float) -> None:
            deadline = time.monotonic() + seconds
            while wanted() and (left := deadline - time.monotonic()) > 0:  # noqa: ASYNC110  # it must end by then
                await asyncio.sleep(min(left, NAP_S))

        return AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ClassifierError) and error.retriable),
            stop=is_enough,
            wait=wait_exponential_jitter(
                multiplier=settings.retry_wait_s,
                max=settings.retry_max_wait_s,
                jitter=settings.retry_wait_s,
            ),
            sleep=pause,
            before_sleep=_log_retry,
            reraise=True,
        )

    async def _scores(self, retrying: AsyncRetrying, part: Sequence[Readable]) -> Scores:
        settings = self._settings
        texts = [comment.body for _, comment in part]
        return await retrying(
            self._classifier.score, texts, settings.moderation_threshold, settings.reasons_per_alert
        )

    def _outputs(
        self, prediction: Prediction, record: SourceRecord, reasons: tuple[Reason, ...]
    ) -> list[Output]:
        threshold = self._settings.moderation_threshold
        outputs = outputs_for(prediction, record, reasons, threshold, self._topics)
        largest = max(output.size for output in outputs)
        if largest > MAX_OUTPUT_BYTES:
            return [self._dead_letter(record, OutputTooLargeError(largest, MAX_OUTPUT_BYTES))]
        return outputs

    def _dead_letter(self, record: SourceRecord, error: Exception, attempts: int = 1) -> Output:
        logger.warning("dead letter %s: %s", record.event_id, type(error).__name__)
        return dead_letter(
            record,
            error,
            self._topics.dead_letters.name,
            self._clock(),
            model_version=self._model_version,
            attempts=attempts,
        )


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait_s = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s; attempt %d, next in %.1f s", error, state.attempt_number, wait_s)
