"""What a dead letter says, and the record that brings its comment back. Its bytes are not trusted."""

import sys
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from modstream.record_size import size_of
from modstream.verify.outputs import Source, UnreadableOutputError, source_of
from streams.dead_letters import (
    ATTEMPTS,
    DEAD_LETTERED_AT,
    EXCEPTION,
    KEY_BYTES,
    LONGEST_MESSAGE,
    MESSAGE,
    MODEL_VERSION,
    OURS,
    VALUE_BYTES,
)
from streams.records import END_OF_TIME_S, EVENT_ID, TIMESTAMP, last_header

NO_KEY = -1
"""Length of a key that is not there, in the header of a letter."""

_LONGEST_NUMBER = 18
_LONGEST_ID = 1_000


class Place(NamedTuple):
    """Where a letter is."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


class Letter(Struct, frozen=True, kw_only=True):
    """A dead letter without its bytes; a catalogue may hold a million."""

    place: Place
    source: Source
    """The record that could not be scored when it came for the first time."""
    comment: str | None
    """The comment's id: the key, else what the body says."""
    at_s: float
    """When it was dead-lettered, seconds since the epoch."""
    reason: str
    """Name of the error's class."""
    message: str
    attempts: int
    model_version: str
    value_bytes: int
    """How long the record's value is, whether the letter has it or not."""
    size: int
    """Bytes of the letter's key, value and headers."""
    obstacle: str | None
    """What the letter lacks to bring its comment back; None when it has all."""

    @property
    def event_id(self) -> str:
        """Return the identity of the comment's outputs."""
        return self.source.event_id


class Failure(Struct, frozen=True):
    """A comment that could not be brought back."""

    event_id: str
    reason: str


class Resubmission(NamedTuple):
    """A record that brings a comment back, as it goes on the input topic."""

    event_id: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    def failure(self, reason: str) -> Failure:
        """Return what a report says of it when it could not be sent."""
        return Failure(self.event_id, reason)


class _WithId(Struct):
    id: str


_ids = msgspec.json.Decoder(_WithId)


def read_letter(record: Any) -> Letter:
    """Return what a record of the dead-letter topic says.

    Args:
        record: As aiokafka gives it.

    Raises:
        UnreadableOutputError: If it does not name the event that it is about.
    """
    named = last_header(record.headers, EVENT_ID)
    if named is None:
        raise UnreadableOutputError("no event id")
    told = {name: value or b"" for name, value in record.headers if name in OURS}
    value_bytes = _number(told.get(VALUE_BYTES), len(record.value or b""))
    return Letter(
        place=Place(record.topic, record.partition, record.offset),
        source=source_of(_text(named)),
        comment=_comment_id(_key(record), record.value),
        at_s=_time_s(told.get(DEAD_LETTERED_AT), record.timestamp / 1000),
        # The same few texts in most letters: kept once.
        reason=sys.intern(_text(told.get(EXCEPTION, b"unknown"))[:LONGEST_MESSAGE]),
        message=sys.intern(_text(told.get(MESSAGE, b""))[:LONGEST_MESSAGE]),
        attempts=_number(told.get(ATTEMPTS), 1),
        model_version=sys.intern(_text(told.get(MODEL_VERSION, b""))[:LONGEST_MESSAGE]),
        value_bytes=value_bytes,
        size=size_of(record),
        obstacle=_obstacle(record, value_bytes, _number(told.get(KEY_BYTES), len(record.key or b""))),
    )


def resubmission_of(letter: Letter, record: Any) -> Resubmission:
    """Return the record that brings a letter's comment back: its key, value and headers, and its identity.

    Args:
        letter: What the letter says; it has no obstacle.
        record: The letter itself, as aiokafka gives it.
    """
    theirs = [(name, value or b"") for name, value in record.headers if name not in OURS]
    ours = [(EVENT_ID, letter.event_id.encode())]
    came_at = last_header(record.headers, TIMESTAMP)
    if came_at is not None:
        ours.append((TIMESTAMP, came_at))
    return Resubmission(letter.event_id, letter.source.partition, _key(record), record.value, theirs + ours)


def _key(record: Any) -> bytes | None:
    """Return the record's own key: a letter has an empty one when it could not go without."""
    key: bytes | None = record.key
    return None if _number(last_header(record.headers, KEY_BYTES), 0) == NO_KEY else key


def _obstacle(record: Any, value_bytes: int, key_bytes: int) -> str | None:
    if record.value is None and value_bytes > 0:
        return f"its value ({value_bytes:,} bytes) was too large for a dead letter"
    if not record.key and key_bytes > 0:
        return f"its key ({key_bytes:,} bytes) was too large for a dead letter"
    if record.value is None and _key(record) is None:
        return "it has neither key nor value, and no client sends such a record"
    return None


def _comment_id(key: bytes | None, value: bytes | None) -> str | None:
    if key is not None:
        return _text(key[:_LONGEST_ID])
    try:
        return _ids.decode(value or b"").id[:_LONGEST_ID]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _number(raw: bytes | None, otherwise: int) -> int:
    digits = (raw or b"").removeprefix(b"-")
    return int(raw or b"") if digits.isdigit() and len(digits) <= _LONGEST_NUMBER else otherwise


def _time_s(raw: bytes | None, otherwise: float) -> float:
    try:
        at_s = float(raw or b"")
    except ValueError:
        return otherwise
    return at_s if 0.0 <= at_s < END_OF_TIME_S else otherwise
