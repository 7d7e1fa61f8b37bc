"""Dead letters to start from, as aiokafka gives them: a test spells out only what matters to it."""

from typing import Any

import msgspec
from msgspec import Struct

from streams.dead_letters import dead_letter
from streams.errors import InvalidCommentError
from streams.records import EVENT_ID, Headers, SourceRecord

TOPIC = "reddit_stream"
LETTERS = "reddit_dead_letter"
PREDICTIONS = "reddit_prediction"


class FakeRecord(Struct, frozen=True, kw_only=True):
    """What a consumer gives."""

    topic: str = LETTERS
    partition: int = 2
    offset: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: Headers = ()
    timestamp: int = 1_700_000_000_000


def make_source(**changes: Any) -> SourceRecord:
    record = SourceRecord(TOPIC, 2, 7, b"c1", b'{"id":"c1","body":"words"}', 1_600_000_000.5)
    return msgspec.structs.replace(record, **changes)


def make_letter(
    source: SourceRecord | None = None,
    *,
    error: Exception | None = None,
    at_s: float = 1_700_000_000.0,
    attempts: int = 1,
    **changes: Any,
) -> FakeRecord:
    """Return what the worker writes for a record that it cannot score."""
    letter = dead_letter(
        source or make_source(),
        error or InvalidCommentError("no body"),
        LETTERS,
        at_s,
        model_version="v1",
        attempts=attempts,
    )
    record = FakeRecord(
        partition=letter.partition or 0,
        key=letter.key,
        value=letter.value,
        headers=letter.headers,
        timestamp=int(at_s * 1000),
    )
    return msgspec.structs.replace(record, **changes)


def make_prediction_record(event_id: str, **changes: Any) -> FakeRecord:
    record = FakeRecord(topic=PREDICTIONS, headers=[(EVENT_ID, event_id.encode())])
    return msgspec.structs.replace(record, **changes)


def with_header(record: FakeRecord, name: str, value: bytes | None) -> FakeRecord:
    """Return a record with one header changed, or without it when the value is None."""
    headers = [each for each in record.headers if each[0] != name]
    if value is not None:
        headers.append((name, value))
    return msgspec.structs.replace(record, headers=headers)
