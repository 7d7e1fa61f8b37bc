"""How large a record is."""

from collections.abc import Sequence
from typing import Protocol


class Sized(Protocol):
    """A record, ours or as a client gives it."""

    @property
    def key(self) -> bytes | None:
        """Return its key."""

    @property
    def value(self) -> bytes | None:
        """Return its value."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Return its headers."""


def size_of(record: Sized) -> int:
    """Return the bytes of a record's key, value and headers; Kafka's own framing is not counted."""
    named = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + named
