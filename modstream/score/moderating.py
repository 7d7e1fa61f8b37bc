"""Scores comments with the worker's own moderator and in-process classifier: the same code, the same bits."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from msgspec import Struct

from modstream.score.job import Job, Model
from modstream.score.rows import Item
from streams.classifiers import Scores
from streams.classifiers.in_process import DEFAULT_CLASS, InProcessClassifier
from streams.dead_letters import EXCEPTION, MESSAGE
from streams.moderation import Outcome
from streams.moderator import Moderator
from streams.records import Output, SourceRecord, encode


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A comment that could not be scored, as it is in the file of dead letters."""

    event_id: str
    key: str
    value: str
    """The comment as JSON, as it would be on the stream."""
    error: str
    message: str
    origin: str
    """The file and line it came from."""
    dead_lettered_at: float


class Scored(Struct, frozen=True):
    """What became of some comments: lines for each output, in the comments' order."""

    predictions: bytes
    timed: bytes
    """A `1` or `0` for each prediction: whether its comment says when it was written."""
    alerts: bytes
    dead_letters: bytes
    predicted: int
    alerted: int
    dead_lettered: int
    without_time: int
    """Of those predicted."""


class OneCall:
    """Asks a classifier once: what the model in this process fails on, it would fail on again."""

    def __init__(self, classifier: InProcessClassifier, threshold: float, reasons: int) -> None:
        self._classifier = classifier
        self._threshold = threshold
        self._reasons = reasons

    async def score(self, texts: Sequence[str], wanted: Callable[[], bool], most: int) -> Scores:
        """Return the scores of `texts`, as `ServiceGuard.score` does."""
        return await self._classifier.score(texts, self._threshold, self._reasons)


class FileScorer:
    """Scores comments of files; holds the model."""

    def __init__(self, job: Job, model: Model) -> None:
        """Load the model.

        Raises:
            SettingsError: If there is none.
        """
        # Each dead letter is in its file, with the reason; a line of log for each would tell nothing more.
        logging.getLogger("streams.moderator").setLevel(logging.ERROR)
        self._topics = job.topics()
        self._started_s = model.started_s
        classifier = InProcessClassifier(f"inprocess:{DEFAULT_CLASS}", model.folder)
        guard = OneCall(classifier, job.threshold, job.reasons)
        self._moderator = Moderator(guard, job.settings(), self._topics, lambda: model.started_s)

    def score(self, items: Sequence[Item]) -> Scored:
        """Return what becomes of some comments; each has a prediction or a dead letter."""
        records = [
            SourceRecord(
                self._topics.comments.name, each.partition, each.offset, each.key, each.value, self._started_s
            )
            for each in items
        ]
        outcomes = asyncio.run(self._moderator.handle(records, lambda: False))
        return self._sorted_out(items, outcomes)

    def _sorted_out(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> Scored:
        predictions, alerts, letters, timed = [], [], [], bytearray()
        for item, outcome in zip(items, outcomes, strict=True):
            if outcome.prediction is None:
                letters.append(encode(self._letter(item, outcome)))
                continue
            prediction, *alert = (output.value or b"" for output in outcome.outputs)
            predictions.append(prediction)
            alerts += alert
            timed += b"1" if item.timed else b"0"
        return Scored(
            _lines(predictions),
            bytes(timed),
            _lines(alerts),
            _lines(letters),
            len(predictions),
            len(alerts),
            len(letters),
            timed.count(b"0"),
        )

    def _letter(self, item: Item, outcome: Outcome) -> DeadLetter:
        said = _headers(outcome.outputs[0])
        return DeadLetter(
            event_id=outcome.record.event_id,
            key=item.key.decode(),
            value=item.value.decode(),
            error=said[EXCEPTION],
            message=said[MESSAGE],
            origin=item.origin,
            dead_lettered_at=self._started_s,
        )


def _headers(output: Output) -> dict[str, str]:
    return {name: value.decode() for name, value in output.headers}


def _lines(records: Sequence[bytes]) -> bytes:
    return b"".join(record + b"\n" for record in records)
