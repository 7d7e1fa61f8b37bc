"""The records that windows put on topics: statistics, late comments, what the partitions tell the merger."""

from typing import ClassVar, Literal, Self

import msgspec
from msgspec import Struct

from streams.errors import InvalidPartialError
from streams.printable import printable
from streams.records import EVENT_ID, Output, Prediction, SourceRecord, encode
from streams.windows import BILLION, EVERYTHING, UNNAMED, Observation, Rows, Tally, Window

ROWS_OF_A_PARTIAL = 500
"""Rows in one record: below Kafka's usual limit of 1 MiB whatever the names and figures."""


class WindowStats(Struct, frozen=True, kw_only=True, gc=False):  # no cycles, and very many
    """The statistics of one window, for one subreddit or for all (`*`)."""

    window_start: int
    """Seconds since the epoch; the window includes it."""
    window_end: int
    """Seconds since the epoch; the window ends before it."""
    subreddit: str
    count: int
    alerts: int
    mean_probability: float | None
    """Mean probability of removal, null when nothing was counted."""
    probability_histogram: list[int]
    """Comments in each of 20 equal bins of the probability."""
    late: int
    """Comments that came too late to count in any window, while this was their partition's newest."""
    revision: int
    """Of two records for the same window and subreddit the one with the higher revision is newer."""
    final: bool
    """Whether nothing more is expected: a partition that was idle may still bring a new revision."""

    @property
    def key(self) -> bytes:
        """Return the record's key: the same for every revision."""
        return f"{self.window_start}/{self.window_end}/{self.subreddit}".encode()


class LateComment(Struct, frozen=True, kw_only=True):
    """A comment that was scored, and that no window counts."""

    id: str
    subreddit: str | None
    created_utc: float
    event_id: str
    reason: Literal["late", "ahead"]
    by_s: float
    """Seconds below the watermark of its partition, or ahead of its record's Kafka timestamp."""

    @classmethod
    def of(cls, prediction: Prediction, below_s: float | None, record_time_s: float) -> Self:
        """Return what is said of a comment that counts in no window.

        Args:
            prediction: What the model says of it.
            below_s: How far below the watermark it is, in seconds; None if it is ahead of its time instead.
            record_time_s: The Kafka timestamp of its record.
        """
        return cls(
            id=prediction.id,
            subreddit=prediction.subreddit,
            created_utc=prediction.created_utc,
            event_id=prediction.event_id,
            reason="ahead" if below_s is None else "late",
            by_s=prediction.created_utc - record_time_s if below_s is None else below_s,
        )

    def output(self, source: SourceRecord, topic: str) -> Output:
        """Return it on its way to the topic of late comments."""
        event_id = [(EVENT_ID, self.event_id.encode())]
        return Output(topic, source.partition, self.id.encode(), encode(self), event_id)


class PartialRow(Struct, frozen=True, array_like=True, gc=False):  # no cycles, and very many
    """What a partition has counted of one subreddit in a window."""

    subreddit: str
    tally: Tally


class WindowPartial(Struct, frozen=True, kw_only=True, tag="partial"):
    """Rows of one window, as one partition has counted them up to `next_offset`; many come in parts."""

    partition: int
    writer: str
    """Who tells: of what one tells the last is the newest, of several that with the highest `next_offset`."""
    window_start: int
    window_end: int
    next_offset: int
    part: int
    rows: list[PartialRow]

    @property
    def key(self) -> bytes:
        """Return the record's key: a writer that has lost the partition cannot take its successor's place."""
        window = f"{self.window_start}/{self.window_end}"
        return f"{self.partition}/{self.writer}/{window}/{self.part}".encode()


class PartitionProgress(Struct, frozen=True, kw_only=True, tag="progress"):
    """How far a partition is; it comes after the windows that it is about."""

    partition: int
    writer: str
    """As for `WindowPartial`."""
    partitions: int
    """How many partitions the comments have."""
    next_offset: int
    watermark: float | None
    """Event time below which nothing of this partition will be counted; null before the first comment."""
    idle: bool
    """Whether all comments are counted and none has come for a while: nobody should wait for it."""

    @property
    def key(self) -> bytes:
        """Return the record's key."""
        return f"{self.partition}/{self.writer}".encode()


class Forgotten(Struct, frozen=True, kw_only=True, tag="forgotten"):
    """What the merger has published for good: it comes before the deletion of the partials of these windows.

    One that begins anew knows by it that what it finds of them, or what comes after, is not all there was.
    """

    until: float
    """Windows that end here or before are final for good; seconds since the epoch."""
    key: ClassVar[bytes] = b"forgotten"


type Partial = WindowPartial | PartitionProgress | Forgotten

_partials = msgspec.json.Decoder(WindowPartial | PartitionProgress | Forgotten)


def observation_of(
    prediction: Prediction, threshold: float, record_time_s: float, max_ahead_s: float
) -> Observation:
    """Return what windows count of a prediction.

    Args:
        prediction: The prediction.
        threshold: What a probability has to exceed to count as an alert.
        record_time_s: The Kafka timestamp of the comment's record; below 0 when there is none.
        max_ahead_s: How far ahead of that the comment's own time may be, in seconds.
    """
    time_s, probability = prediction.created_utc, prediction.probability
    return Observation(
        time_s,
        prediction.subreddit,
        round(probability * BILLION),
        probability > threshold,
        time_s > record_time_s + max_ahead_s and record_time_s >= 0.0,
    )


def partials(partition: int, writer: str, window: Window, next_offset: int) -> list[WindowPartial]:
    """Return the records that tell of a window."""
    rows = [PartialRow(name, tally) for name, tally in window.rows.items()]
    return [
        WindowPartial(
            partition=partition,
            writer=writer,
            window_start=window.start_s,
            window_end=window.end_s,
            next_offset=next_offset,
            part=part,
            rows=rows[first : first + ROWS_OF_A_PARTIAL],
        )
        for part, first in enumerate(range(0, len(rows), ROWS_OF_A_PARTIAL))
    ]


def parse_partial(value: bytes) -> Partial:
    """Return what a partition told.

    Raises:
        InvalidPartialError: If the bytes are not such a record.
    """
    try:
        partial: Partial = _partials.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPartialError(printable(str(error))) from error  # it may quote the record
    return partial


def statistics(window: Window, everything: Tally, *, revision: int, final: bool) -> list[WindowStats]:
    """Return the statistics of a window: a row for everything, then one for each subreddit given, by name.

    Args:
        window: The window, with the rows to tell of.
        everything: The sum of all its rows.
        revision: Of these statistics.
        final: Whether nothing more is expected.
    """
    named = sorted(name for name in window.rows if name != UNNAMED)
    rows: Rows = {EVERYTHING: everything, **{name: window.rows[name] for name in named}}
    return [
        WindowStats(
            window_start=window.start_s,
            window_end=window.end_s,
            subreddit=name,
            count=tally.count,
            alerts=tally.alerts,
            mean_probability=tally.mean_probability,
            probability_histogram=tally.histogram,
            late=tally.late,
            revision=revision,
            final=final,
        )
        for name, tally in rows.items()
    ]
