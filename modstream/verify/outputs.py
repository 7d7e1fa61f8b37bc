"""Output records as verification sees them: whose they are, and a digest of what they say."""

import re
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from streams.dead_letters import EXCEPTION
from streams.records import EVENT_ID, RESUBMISSION, Alert, Headers, Prediction, encode

DIGEST_BYTES = 8
"""Eight bytes a comment: two different contents look alike once in 2**64 pairs."""


class UnreadableOutputError(ValueError):
    """An output's bytes are not what its topic promises; the caller counts it as malformed."""


class Source(NamedTuple):
    """The record an output was made from."""

    topic: str
    partition: int
    offset: int

    @property
    def event_id(self) -> str:
        """Return the identity that its outputs carry."""
        return f"{self.topic}:{self.partition}:{self.offset}"


class Forecast(NamedTuple):
    """A prediction, reduced to what the account needs."""

    source: Source
    comment: str
    probability: float
    content: int
    """Digest of every field but `scored_at`, which a redelivery changes."""
    resubmission: int | None = None
    """Offset of the record that brought its source back; None when none did."""
    created_utc: float = 0.0
    subreddit: str | None = None


class Warned(NamedTuple):
    """An alert, reduced likewise."""

    source: Source
    comment: str
    above: bool
    """Whether its probability is above its own threshold, strictly."""
    told: int
    """Digest of the prediction it tells of: equals the `content` of that prediction."""
    content: int
    """Digest of the whole alert but `scored_at`."""
    resubmission: int | None = None


class Rejected(NamedTuple):
    """A dead letter, reduced likewise."""

    source: Source
    comment: str | None
    content: int
    """Digest of key, value and error class."""
    resubmission: int | None = None


_EVENT_ID = re.compile(r"([^:]+):([0-9]{1,19}):([0-9]{1,19})")

_predictions = msgspec.json.Decoder(Prediction)
_alerts = msgspec.json.Decoder(Alert)


def digest(content: bytes) -> int:
    """Return 64 bits that stand for `content`; never zero, which stands for "nothing seen"."""
    return int.from_bytes(blake2b(content, digest_size=DIGEST_BYTES).digest(), "little") or 1


def source_of(event_id: str) -> Source:
    """Return the source an event id names: `topic:partition:offset`, in plain decimal digits.

    Raises:
        UnreadableOutputError: If it is anything else.
    """
    match = _EVENT_ID.fullmatch(event_id)
    if match is None:
        raise UnreadableOutputError("not an event id")
    topic, partition, offset = match.groups()
    return Source(topic, int(partition), int(offset))


def read_prediction(value: bytes | None, headers: Headers = ()) -> Forecast:
    """Return what a record of the prediction topic says.

    Raises:
        UnreadableOutputError: If it is not a prediction, or a header names another event or what cannot be.
    """
    prediction = _decode(_predictions, value)
    source = _agreed_source(prediction, headers)
    return Forecast(
        source,
        prediction.id,
        prediction.probability,
        _content(prediction),
        _resubmission(source, headers),
        prediction.created_utc,
        prediction.subreddit,
    )


def read_alert(value: bytes | None, headers: Headers = ()) -> Warned:
    """Return what a record of the alert topic says.

    Raises:
        UnreadableOutputError: If it is not an alert, or a header names another event or what cannot be.
    """
    alert = _decode(_alerts, value)
    prediction = Prediction(**{name: getattr(alert, name) for name in Prediction.__struct_fields__})
    source = _agreed_source(alert, headers)
    return Warned(
        source,
        alert.id,
        alert.probability > alert.threshold,
        _content(prediction),
        _content(alert),
        _resubmission(source, headers),
    )


def read_dead_letter(key: bytes | None, value: bytes | None, headers: Headers) -> Rejected:
    """Return what a dead letter says; its key and value may be any bytes.

    Raises:
        UnreadableOutputError: If no header names its event, or one names what cannot be.
    """
    event_id, error = _header(headers, EVENT_ID), _header(headers, EXCEPTION)
    if event_id is None:
        raise UnreadableOutputError("no event id")
    # Lengths and None are part of the content: (b"ab", b"") is not (b"a", b"b").
    content = digest(repr((key, value, error)).encode())
    source = source_of(_text(event_id))
    return Rejected(source, _comment_id(key), content, _resubmission(source, headers))


def decoded[Record](decoder: msgspec.json.Decoder[Record], value: bytes | None) -> Record:
    """Return what a value says.

    Raises:
        UnreadableOutputError: If it is not what its topic promises.
    """
    if value is None:
        raise UnreadableOutputError("no value")
    try:
        return decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableOutputError("not what the topic promises") from error


def _decode[Record: Prediction](decoder: msgspec.json.Decoder[Record], value: bytes | None) -> Record:
    record = decoded(decoder, value)
    if not 0.0 <= record.probability <= 1.0:
        raise UnreadableOutputError("not a probability")
    return record


def _agreed_source(record: Prediction, headers: Headers) -> Source:
    header = _header(headers, EVENT_ID)
    if header is not None and header != record.event_id.encode():
        raise UnreadableOutputError("header and value name different events")
    return source_of(record.event_id)


def _resubmission(source: Source, headers: Headers) -> int | None:
    header = _header(headers, RESUBMISSION)
    if header is None:
        return None
    read = source_of(_text(header))
    if read[:2] != source[:2] or read.offset <= source.offset:
        raise UnreadableOutputError("no record there can bring its event back")
    return read.offset


def _content(record: Prediction) -> int:
    return digest(encode(msgspec.structs.replace(record, scored_at=0.0)))


def _header(headers: Headers, name: str) -> bytes | None:
    for key, value in headers:
        if key == name:
            return value
    return None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _comment_id(key: bytes | None) -> str | None:
    return None if key is None else _text(key)
