"""The records on the topics: typed, immutable, and made in one place each."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from streams.errors import InvalidCommentError

END_OF_TIME_S = 253_402_300_800.0
"""The year 10000: times at or after it have no calendar date in Python, nor in most readers of our topics."""

EventTime = Annotated[float, Meta(ge=0.0, lt=END_OF_TIME_S)]
"""Seconds since the epoch, UTC."""

EVENT_ID = "modstream.event_id"
"""Header of every output: the identity of the record it was made from. On an input record: the earlier record
that it brings back, see `resubmitted_offset`."""

RESUBMISSION = "modstream.resubmission"
"""Header of outputs made from a record that brings an earlier one back: where the record really read is."""

TIMESTAMP = "modstream.timestamp"
"""Header of dead letters and of what is brought back: the first record's Kafka timestamp, seconds."""

OVERHEAD_OF_A_HEADER = 8
"""Bytes that Kafka adds to a header's name and value, at the most, in records of the sizes we allow."""

Headers = Sequence[tuple[str, bytes | None]]

_LONGEST_OFFSET = 19
"""Digits of the largest offset."""

_TIME = re.compile(rb"[0-9]{1,12}(\.[0-9]{1,6})?")


class SourceRecord(Struct, frozen=True, gc=False):  # no cycles, and very many
    """A record as Kafka holds it: where it is and what its bytes are."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_s: float
    """The record's Kafka timestamp, seconds since the epoch."""
    headers: Headers = ()

    @property
    def coordinates(self) -> str:
        """Return where the record is: `topic:partition:offset`."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def event_id(self) -> str:
        """Return the identity that every output made from this record carries.

        A resubmission has that of the record it brings back, so that readers count the comment once.
        """
        if self.headers:
            original = self._original_offset
            if original is not None:
                return f"{self.topic}:{self.partition}:{original}"
        return self.coordinates

    @property
    def event_timestamp_s(self) -> float:
        """Return the Kafka timestamp of the record that has the event id: a resubmission's is told by it."""
        if self.headers and self._original_offset is not None:
            told = last_header(self.headers, TIMESTAMP)
            if told is not None and _TIME.fullmatch(told) and float(told) < END_OF_TIME_S:
                return float(told)
        return self.timestamp_s

    @property
    def resubmission(self) -> list[tuple[str, bytes]]:
        """Return the headers that outputs of a resubmission have beside the event id, none for others."""
        if self.headers and self._original_offset is not None:
            return [(RESUBMISSION, self.coordinates.encode())]
        return []

    @property
    def _original_offset(self) -> int | None:
        return resubmitted_offset(self.topic, self.partition, self.offset, self.headers)


class Comment(Struct, frozen=True, gc=False):
    """A comment as `reddit_stream` carries it; fields that are not named here are allowed and ignored."""

    id: Annotated[str, Meta(min_length=1)]
    body: str
    created_utc: EventTime | None = None
    """When it was written; `parse_comment` puts the Kafka timestamp in its place when it is absent."""
    subreddit: str | None = None
    author: str | None = None
    score: int | None = None
    link_id: str | None = None
    parent_id: str | None = None


class Prediction(Struct, frozen=True, kw_only=True, gc=False):
    """What the model says of one comment."""

    id: str
    probability: float
    """Probability that a moderator would remove the comment, in [0, 1]."""
    original: str
    """The comment's body, as it came."""
    subreddit: str | None
    created_utc: float
    model_version: str
    """The hash of the bundle that gave the probability."""
    event_id: str
    """`topic:partition:offset` of the comment's record: the same however often it is delivered."""
    scored_at: float
    """When the worker had the answer, seconds since the epoch; the only field that a redelivery changes."""


class Reason(Struct, frozen=True, omit_defaults=True, gc=False):
    """A word or phrase and its signed weight in log-odds: above zero speaks for removal."""

    word: str
    weight: float
    start: int | None = None
    """Where it begins in the comment's body, in code points; left out when it is of the whole comment."""
    end: int | None = None
    """Where it ends: the place after its last code point."""


class Alert(Prediction, frozen=True, kw_only=True, gc=False):
    """A prediction above the threshold, with the words that weighed most."""

    threshold: float
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, prediction: Prediction, threshold: float, reasons: tuple[Reason, ...]) -> "Alert":
        """Return the alert that tells of `prediction`."""
        return cls(threshold=threshold, reasons=reasons, **msgspec.structs.asdict(prediction))


class Output(Struct, frozen=True, gc=False):
    """A record on its way to a topic."""

    topic: str
    partition: int | None
    """The same number as its source's, whatever its key; None where the key is to decide."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        """Return the bytes of key, value and headers, with what Kafka adds to the headers at the most."""
        named = sum(len(name.encode()) + len(value) + OVERHEAD_OF_A_HEADER for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + named


_comments = msgspec.json.Decoder(Comment)
_records = msgspec.json.Encoder()


def last_header(headers: Headers, name: str) -> bytes | None:
    """Return the value of the last header of a name, as Kafka's own clients do; None without one."""
    found = None
    for each, value in headers:
        if each == name:
            found = value
    return found


def resubmitted_offset(topic: str, partition: int, offset: int, headers: Headers) -> int | None:
    """Return the offset of the record that an input record brings back, None for a comment of its own.

    It brings one back if its header `modstream.event_id` names an earlier record of the same partition,
    written exactly as an event id is. Anything else in the header is ignored: whoever put it there, the
    record is then a comment of its own, and nothing is lost.

    Args:
        topic: Where the record is, as are the next two.
        partition: Its partition.
        offset: Its offset.
        headers: Its headers; their bytes are not trusted.
    """
    named = last_header(headers, EVENT_ID)
    if not named:
        return None
    place, _, digits = named.rpartition(b":")
    if place != f"{topic}:{partition}".encode() or not digits.isdigit() or len(digits) > _LONGEST_OFFSET:
        return None
    original = int(digits)
    return original if original < offset and digits == str(original).encode() else None


def parse_comment(record: SourceRecord) -> Comment:
    """Return the comment that a record holds.

    Args:
        record: Any record whatever; its bytes are not trusted.

    Raises:
        InvalidCommentError: If the value is missing, is not JSON, lacks a field or has one of a wrong type,
            or if there is no time to be had.
    """
    if record.value is None:
        raise InvalidCommentError("the record has no value")
    try:
        comment = _comments.decode(record.value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidCommentError(str(error)) from error
    if comment.created_utc is None:
        if not 0.0 <= record.event_timestamp_s < END_OF_TIME_S:  # a producer may say -1, "no timestamp"
            raise InvalidCommentError(
                "neither `created_utc` nor its Kafka timestamp says when it was written"
            )
        return msgspec.structs.replace(comment, created_utc=record.event_timestamp_s)
    return comment


def encode(record: Struct | dict[str, Any]) -> bytes:
    """Return a record as the JSON bytes that go on a topic."""
    return _records.encode(record)
