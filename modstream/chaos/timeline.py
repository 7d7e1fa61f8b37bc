"""What really happened, and when: told as it happens, and kept for the report."""

from collections.abc import Callable

from msgspec import Struct

from modstream.chaos.schedule import Fault


class Moment(Struct, frozen=True):
    """Something that happened."""

    at_s: float
    """Seconds after the comments began."""
    what: str


class Carried:
    """A fault as it was carried out."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.began_s: float | None = None
        """When it hit; None as long as it has not."""
        self.ended_s: float | None = None
        """When its target was started or continued; at once for a fault that has no second half."""


class Timeline:
    """The moments of a run, in order; its clock starts with the comments."""

    def __init__(self, clock: Callable[[], float], tell: Callable[[str], None]) -> None:
        """Begin at zero now.

        Args:
            clock: Monotonic seconds.
            tell: Prints a line.
        """
        self._clock = clock
        self._started_s = clock()
        self._tell = tell
        self.moments: list[Moment] = []

    @property
    def now_s(self) -> float:
        """Return the seconds since the start."""
        return self._clock() - self._started_s

    def note(self, what: str) -> float:
        """Write down that something happens now; return when that is."""
        now_s = self.now_s
        self.moments.append(Moment(round(now_s, 3), what))
        self._tell(f"{now_s:7.1f} s  {what}")
        return now_s
