"""Comments on their way to the stream: what the files hold, without the label."""

from typing import NamedTuple


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
