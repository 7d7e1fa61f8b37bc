"""Gives every record of a batch its outcome: scored, or dead-lettered with the reason."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from streams.classifiers import Scores
from streams.dead_letters import dead_letter, reason_of
from streams.errors import (
    ClassifierError,
    CommentTooLargeError,
    InvalidCommentError,
    OutputTooLargeError,
)
from streams.limits import Limits
from streams.moderation import Outcome, outputs_for, prediction_of
from streams.printable import printable
from streams.records import Comment, Prediction, Reason, SourceRecord, parse_comment
from streams.settings import StreamSettings
from streams.topics import Topics

logger = logging.getLogger(__name__)

type Readable = tuple[int, SourceRecord, Comment]
"""A record with its place in the batch, and the comment that it holds."""

FAILURES_OF_A_BATCH = 3
"""Failures on a whole batch, by a service that answers others, after which it is halved; parts have one."""


class Guard(Protocol):
    """Asks the classifier, and decides what to do when it fails; in the worker a `ServiceGuard`."""

    async def score(self, texts: Sequence[str], wanted: Callable[[], bool], most: int) -> Scores:
        """Return the scores of `texts`; see `ServiceGuard.score`."""
        ...


class Moderator:
    """Decodes, asks the classifier and decides; what it returns is in the order of the records."""

    def __init__(
        self,
        guard: Guard,
        settings: StreamSettings,
        topics: Topics,
        clock: Callable[[], float],
        limits: Limits | None = None,
    ) -> None:
        """Moderate.

        Args:
            guard: Asks the classifier.
            settings: How long a comment may be, how often it is tried.
            topics: The pipeline's topics.
            clock: Seconds since the epoch.
            limits: How large their records may be; the pipeline's own limit when None.
        """
        self._limits = limits or Limits()
        self._guard = guard
        self._settings = settings
        self._topics = topics
        self._clock = clock
        self.model_version = ""
        """That of the last answer; empty before the first."""
        self.threshold: float | None = None
        """What the model that answered last raises alerts above; None before the first answer."""

    async def handle(self, records: Sequence[SourceRecord], wanted: Callable[[], bool]) -> list[Outcome]:
        """Return what becomes of a batch; every record has a prediction or a dead letter.

        Args:
            records: The batch, in delivery order.
            wanted: Whether to try again after a failure.

        Raises:
            NotWantedError: If the classifier has no answer and trying again is not wanted any more.
            SettingsError: If the threshold is a name that the model or its service does not know.
        """
        outcomes: list[Outcome | None] = [None] * len(records)
        readable: list[Readable] = []
        for place, record in enumerate(records):
            try:
                readable.append((place, record, self._read(record)))
            except (InvalidCommentError, CommentTooLargeError) as error:
                outcomes[place] = self._dead_letter(record, error)
        if readable:
            await self._moderate(readable, FAILURES_OF_A_BATCH, wanted, outcomes)
        return [outcome for outcome in outcomes if outcome is not None]  # each is there by now

    def _read(self, record: SourceRecord) -> Comment:
        comment = parse_comment(record)
        size, limit = len(record.value or b""), self._settings.comment_max_bytes
        if size > limit:
            raise CommentTooLargeError(size, limit)
        return comment

    async def _moderate(
        self,
        part: Sequence[Readable],
        most: int,
        wanted: Callable[[], bool],
        outcomes: list[Outcome | None],
    ) -> None:
        """Score a part of a batch; what the service refuses or fails on is halved, down to the culprit."""
        texts = [comment.body for _, _, comment in part]
        failures = most if len(part) > 1 else self._settings.attempts_per_comment
        try:
            scores = await self._guard.score(texts, wanted, failures)
        except ClassifierError as error:
            if len(part) > 1:
                middle = len(part) // 2
                await self._moderate(part[:middle], 1, wanted, outcomes)
                await self._moderate(part[middle:], 1, wanted, outcomes)
            else:
                place, record, _ = part[0]
                outcomes[place] = self._dead_letter(record, error)
            return
        self._see_model(scores)
        now = self._clock()
        for index, (place, record, comment) in enumerate(part):
            prediction = prediction_of(comment, record, scores, index, now)
            reasons = scores.reasons.get(index, ())
            outcomes[place] = self._outcome(prediction, record, reasons, scores.threshold)

    def _see_model(self, scores: Scores) -> None:
        """Tell once which model answers, and what it raises alerts above."""
        self.threshold = scores.threshold
        if scores.model_version != self.model_version:
            self.model_version = scores.model_version
            logger.info("model %s: alerts above %g", printable(scores.model_version), scores.threshold)

    def _outcome(
        self, prediction: Prediction, record: SourceRecord, reasons: tuple[Reason, ...], threshold: float
    ) -> Outcome:
        outputs = outputs_for(prediction, record, reasons, threshold, self._topics)
        # An alert, the last, has all that its prediction has: few outputs have to be looked at.
        if len(outputs[-1].value or b"") > self._limits.surely_taken:
            for output in outputs:
                largest = self._limits.largest(output.topic)
                if output.size > largest:
                    return self._dead_letter(record, OutputTooLargeError(output.size, largest))
        return Outcome(record, outputs, prediction, threshold)

    def _dead_letter(self, record: SourceRecord, error: Exception) -> Outcome:
        letter = dead_letter(
            record,
            error,
            self._topics.dead_letters.name,
            self._clock(),
            model_version=self.model_version,
            attempts=error.attempts if isinstance(error, ClassifierError) else 1,
            largest=self._limits.largest(self._topics.dead_letters.name),
        )
        return Outcome(record, [letter], None, None, reason_of(error))
