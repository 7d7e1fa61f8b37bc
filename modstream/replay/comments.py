"""Comments on their way to the stream: what the files hold, without the label."""

from typing import NamedTuple

from modstream.replay.report import Failure


class Outgoing(NamedTuple):
    """One comment, ready to send."""

    id: str
    """Its id, and the record's key; unique in one replay."""
    value: bytes
    """The comment as JSON: every field of its row but the label."""
    origin: str
    """File and line it came from, for messages."""
    created_utc: float | None = None
    """When it was written, seconds since the epoch."""
    round: int = 1
    """Which time over the files this is; from the second on, ids end in it."""

    @property
    def key(self) -> bytes:
        """Return the record's key."""
        return self.id.encode()

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """Return the record's headers: none."""
        return []

    @property
    def partition(self) -> None:
        """Return None: the key decides."""
        return

    def failure(self, reason: str) -> Failure:
        """Return what a report says of it when it could not be sent."""
        return Failure(self.id, self.origin, reason)
