"""Everything that is known of one dead letter, its bytes included."""

import base64
from collections.abc import Iterator
from typing import Any

from modstream.dlq.catalogue import Case
from modstream.dlq.letters import NO_KEY
from modstream.dlq.report import case_fields, time_text
from streams.dead_letters import KEY_BYTES
from streams.printable import printable
from streams.records import last_header


def lines(case: Case, record: Any) -> Iterator[str]:
    """Yield a dead letter for people; nothing in it reaches a terminal as more than text.

    Args:
        case: What is known of it.
        record: The letter itself, as aiokafka gives it.
    """
    letter = case.letter
    rows = {
        "event id": letter.event_id,
        "comment id": letter.comment,
        "state": case.state if case.obstacle is None or case.recovered else f"{case.state}: {case.obstacle}",
        "dead letters": f"{case.letters:,}, the newest at {letter.place}",
        "time": time_text(letter.at_s),
        "reason": letter.reason,
        "message": letter.message,
        "attempts": str(letter.attempts),
        "model version": letter.model_version,
        "key": _key(record),
        "value": _length(record.value, letter.value_bytes),
    }
    for name, text in rows.items():
        yield f"{name:<14} {printable(text)}".rstrip()
    yield "headers"
    for name, value in record.headers:
        yield f"  {printable(name)}: {printable(value)}"
    if record.value:
        yield "body"
        yield f"  {printable(record.value)}"


def fields(case: Case, record: Any) -> dict[str, Any]:
    """Return a dead letter for JSON; bytes that are not UTF-8 are in Base64, under `..._base64`."""
    return {
        **case_fields(case),
        **_bytes("key", None if _has_no_key(record) else record.key),
        **_bytes("value", record.value),
        "headers": [{"name": name, **_bytes("value", value)} for name, value in record.headers],
    }


def _bytes(name: str, raw: bytes | None) -> dict[str, str | None]:
    if raw is None:
        return {name: None}
    try:
        return {name: raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(raw).decode("ascii")}


def _has_no_key(record: Any) -> bool:
    return record.key is None or last_header(record.headers, KEY_BYTES) == str(NO_KEY).encode()


def _key(record: Any) -> str:
    return "none" if _has_no_key(record) else f"{printable(record.key)} ({len(record.key):,} bytes)"


def _length(value: bytes | None, told: int) -> str:
    if value is not None:
        return f"{len(value):,} bytes"
    return f"left out ({told:,} bytes)" if told else "none"
