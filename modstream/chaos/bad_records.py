"""Records that are no comments, or hardly any, as a careless producer would write them."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

HUGE_BODY_CHARACTERS = 600_000
NESTED = 100_000
WRITTEN_S = 1_700_000_000


class Record(NamedTuple):
    """What is put on the comments' topic."""

    key: bytes
    value: bytes | None


def bad_record(name: str, number: int) -> Record:
    """Return a record of one of the kinds in `schedule.BAD_RECORDS`.

    Args:
        name: The kind.
        number: Makes its key unique.
    """
    return _MAKERS[name](f"bad-{number}".encode())


def _huge(key: bytes) -> Record:
    body = "A long comment about sleep and diet. " * (HUGE_BODY_CHARACTERS // 37)
    return Record(key, _comment(key, body))


def _comment(key: bytes, body: str) -> bytes:
    """Return a comment that is read without complaint; without a time it would be far ahead of the others."""
    return msgspec.json.encode({"id": key.decode(), "body": body, "created_utc": WRITTEN_S})


_MAKERS: Mapping[str, Callable[[bytes], Record]] = {
    "invalid-utf8": lambda key: Record(key, b'{"id":"x","body":"\xff\xfe\x00"}'),
    "tombstone": lambda key: Record(key, None),
    "no-body": lambda key: Record(key, b'{"id":"x"}'),
    "wrong-types": lambda key: Record(key, b'{"id":1,"body":["no","text"],"score":"many"}'),
    "deep-nesting": lambda key: Record(key, b"[" * NESTED),
    "huge-body": _huge,
    "empty-key": lambda key: Record(b"", _comment(key, "no key")),
}
