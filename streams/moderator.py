"""Gives every record of a batch its outcome: scored, or dead-lettered with the reason."""

import logging
from collections.abc import Callable, Sequence

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential_jitter

from streams.classifiers import Classifier, Scores
from streams.dead_letters import dead_letter
from streams.errors import ClassifierError, ClassifierRefusedError, InvalidCommentError
from streams.moderation import outputs_for, prediction_of
from streams.records import Comment, Output, SourceRecord, parse_comment
from streams.settings import StreamSettings
from streams.topics import Topics

logger = logging.getLogger(__name__)

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
        """Score a part of a batch; when the service refuses it, halve it until the culprit is alone."""
        try:
            scores = await self._scores(part, wanted)
        except ClassifierRefusedError as error:
            if len(part) == 1:
                record, _ = part[0]
                outcomes[record.event_id] = [self._dead_letter(record, error)]
                return
            middle = len(part) // 2
            await self._moderate(part[:middle], wanted, outcomes)
            await self._moderate(part[middle:], wanted, outcomes)
            return
        threshold, now = self._settings.moderation_threshold, self._clock()
        for index, (record, comment) in enumerate(part):
            prediction = prediction_of(comment, record, scores, index, now)
            reasons = scores.reasons.get(index, ())
            outcomes[record.event_id] = outputs_for(prediction, record, reasons, threshold, self._topics)

    async def _scores(self, part: Sequence[Readable], wanted: Callable[[], bool]) -> Scores:
        settings = self._settings
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ClassifierError) and error.retriable),
            stop=lambda _: not wanted(),
            wait=wait_exponential_jitter(
                multiplier=settings.retry_wait_s,
                max=settings.retry_max_wait_s,
                jitter=settings.retry_wait_s,
            ),
            before_sleep=_log_retry,
            reraise=True,
        )
        return await retrying(
            self._classifier.score,
            [comment.body for _, comment in part],
            settings.moderation_threshold,
            settings.reasons_per_alert,
        )

    def _dead_letter(self, record: SourceRecord, error: Exception) -> Output:
        logger.warning("dead letter %s: %s", record.event_id, type(error).__name__)
        return dead_letter(record, error, self._topics.dead_letters.name, self._clock())


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait_s = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s; attempt %d, next in %.1f s", error, state.attempt_number, wait_s)
