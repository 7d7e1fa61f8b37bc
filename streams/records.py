"""The records on the topics: typed, immutable, and made in one place each."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from streams.errors import InvalidCommentError

END_OF_TIME_S = 253_402_300_800.0
"""The year 10000: times at or after it have no calendar date in Python, nor in most readers of our topics."""

EventTime = Annotated[float, Meta(ge=0.0, lt=END_OF_TIME_S)]
"""Seconds since the epoch, UTC."""


class SourceRecord(Struct, frozen=True):
    """A record as Kafka holds it: where it is and what its bytes are."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_s: float
    """The record's Kafka timestamp, seconds since the epoch."""
    headers: Sequence[tuple[str, bytes]] = ()

    @property
    def coordinates(self) -> str:
        """Return where the record is: `topic:partition:offset`."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @property
    def event_id(self) -> str:
        """Return the identity that every output made from this record carries."""
        return self.coordinates


class Comment(Struct, frozen=True):
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


class Prediction(Struct, frozen=True, kw_only=True):
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


class Reason(Struct, frozen=True):
    """A word or phrase and its signed weight in log-odds: above zero speaks for removal."""

    word: str
    weight: float


class Alert(Prediction, frozen=True, kw_only=True):
    """A prediction above the threshold, with the words that weighed most."""

    threshold: float
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, prediction: Prediction, threshold: float, reasons: tuple[Reason, ...]) -> "Alert":
        """Return the alert that tells of `prediction`."""
        return cls(
            threshold=threshold,
            reasons=reasons,
            **{field: getattr(prediction, field) for field in Prediction.__struct_fields__},
        )


class Output(Struct, frozen=True):
    """A record on its way to a topic: to the same partition number as its source, whatever its key."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        """Return the bytes of key, value and headers."""
        named = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + named


_comments = msgspec.json.Decoder(Comment)
_records = msgspec.json.Encoder()


def parse_comment(record: SourceRecord) -> Comment:
    """Return the comment that a record holds.

    Args:
        record: Any record whatever; its bytes are not trusted.

    Raises:
        InvalidCommentError: If the value is missing, is not JSON, lacks a field or has one of a wrong type.
    """
    if record.value is None:
        raise InvalidCommentError("the record has no value")
    try:
        comment = _comments.decode(record.value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidCommentError(str(error)) from error
    if comment.created_utc is None:
        return msgspec.structs.replace(comment, created_utc=record.timestamp_s)
    return comment


def encode(record: Struct | dict[str, Any]) -> bytes:
    """Return a record as the JSON bytes that go on a topic."""
    return _records.encode(record)
