"""What a replay did."""

from msgspec import Struct

FAILURES_NAMED = 20
"""A report names so many failed comments at the most."""


class Failure(Struct, frozen=True):
    """A comment that the broker did not confirm."""

    id: str
    origin: str
    """Its file and line."""
    reason: str


class ReplayReport(Struct, frozen=True, kw_only=True):
    """What a replay sent, and how fast."""

    sent: int
    """Comments that the broker confirmed."""
    failed: int
    """Comments that it refused, or did not confirm in time."""
    seconds: float
    """From the start to the last confirmation."""
    rate: float
    """Confirmed comments a second."""
    failures: tuple[Failure, ...] = ()
    """The first of the failed ones."""
