"""Windows in event time: pure arithmetic, the same in the worker, in a recount and over files.

Each partition of the comments has a state of its own, which depends on nothing but the order of its comments:

- its watermark is its largest event time less the allowed lateness;
- a comment below the watermark is late: no window counts it, whichever are still open;
- a window is closed in this partition once the watermark has reached its end: nothing can be added then.

Windows are aligned to the epoch and half-open. Overlapping (hopping) windows share panes, slices of one step:
a comment is counted once, in its pane, and a window is the sum of its panes.
"""

from collections.abc import Iterable, Iterator, Mapping
from operator import add, sub
from typing import Annotated, NamedTuple, Self

from msgspec import Meta, Struct, field

BINS = 20
"""Equal bins of the probability histogram over [0, 1]; the last one includes 1."""

BILLION = 1_000_000_000
"""Probabilities are summed in whole billionths: the sum is then the same in whatever order they come."""

BIN_E9 = BILLION // BINS

EVERYTHING = "*"
"""The subreddit of the row for all comments of a window."""

UNNAMED = ""
"""Where comments are counted that have no row but that for everything."""

LONGEST_NAME = 100
"""Characters; Reddit's own names have at most 24. A longer one is counted in the row for everything alone."""

MOST_SUBREDDITS = 10_000
"""In one pane of one partition; further ones are counted in the row for everything alone."""


class Span(NamedTuple):
    """Which window: seconds since the epoch, half-open."""

    start_s: int
    end_s: int


class WindowSpec(Struct, frozen=True, array_like=True):
    """How time is cut into windows."""

    size_s: Annotated[int, Meta(ge=1)]
    step_s: Annotated[int, Meta(ge=1)]
    """From one window's start to the next one's: divides `size_s`, equals it when windows do not overlap."""
    lateness_s: float
    """How far behind the newest comment of its partition a comment may be and still count."""

    def pane_of(self, event_time_s: float) -> int:
        """Return the start of the pane that an event falls in; one on a boundary is in the later pane."""
        return int(event_time_s // self.step_s) * self.step_s

    def windows_of(self, pane: int) -> range:
        """Return the starts of the windows that a pane is part of."""
        return range(pane - self.size_s + self.step_s, pane + self.step_s, self.step_s)

    def panes_of(self, window: int) -> range:
        """Return the starts of the panes that make up a window."""
        return range(window, window + self.size_s, self.step_s)


class Observation(Struct, frozen=True, array_like=True, gc=False):  # no cycles, and very many
    """What windows need to know of a scored comment."""

    event_time_s: float
    subreddit: str | None
    probability_e9: int
    """Probability of removal in whole billionths."""
    alert: bool
    ahead: bool = False
    """Whether its time lies impossibly far in the future: it is not counted and moves no watermark."""

    @classmethod
    def of(
        cls,
        event_time_s: float,
        subreddit: str | None,
        probability: float,
        *,
        alert: bool,
        ahead: bool = False,
    ) -> Self:
        """Return what is observed of a comment with a probability in [0, 1]."""
        return cls(event_time_s, subreddit, round(probability * BILLION), alert, ahead)


class Tally(Struct, array_like=True, gc=False):  # no cycles, and very many
    """The figures of some comments; those of disjoint sets of comments add up, in any order."""

    count: int = 0
    alerts: int = 0
    probability_sum_e9: int = 0
    """In whole billionths."""
    late: int = 0
    """Comments that came too late to count, while this pane was its partition's newest."""
    histogram: Annotated[list[int], Meta(min_length=BINS, max_length=BINS)] = field(
        default_factory=lambda: [0] * BINS
    )

    def add(self, other: "Tally") -> None:
        """Add another's figures to this one."""
        self.count += other.count
        self.alerts += other.alerts
        self.probability_sum_e9 += other.probability_sum_e9
        self.late += other.late
        self.histogram = list(map(add, self.histogram, other.histogram))

    def subtract(self, other: "Tally") -> None:
        """Take another's figures, which were added before, away again."""
        self.count -= other.count
        self.alerts -= other.alerts
        self.probability_sum_e9 -= other.probability_sum_e9
        self.late -= other.late
        self.histogram = list(map(sub, self.histogram, other.histogram))

    @property
    def mean_probability(self) -> float | None:
        """Return the mean probability of removal, None when nothing was counted."""
        return self.probability_sum_e9 / BILLION / self.count if self.count else None


type Rows = dict[str, Tally]
"""The tally of each subreddit, and that of the `UNNAMED` rest."""


class Window(Struct, frozen=True):
    """What one partition has counted in a window."""

    start_s: int
    end_s: int
    rows: Rows


def total(rows: Iterable[Tally]) -> Tally:
    """Return the sum of some tallies as a new one."""
    everything = Tally()
    for each in rows:
        everything.add(each)
    return everything


class PartitionWindows:
    """The windows of one partition: feed it the partition's comments in offset order."""

    def __init__(self, spec: WindowSpec) -> None:
        self.spec = spec
        self.newest_s: float | None = None
        """The largest event time so far."""
        self.closed_until_s = 0
        """Windows that end here or before have been taken by `close`."""
        self.panes: dict[int, Rows] = {}
        self.changed: set[int] = set()
        """Panes that were changed since `take_changed`."""

    @property
    def watermark_s(self) -> float | None:
        """Return the event time below which comments are late; None before the first one."""
        return None if self.newest_s is None else self.newest_s - self.spec.lateness_s

    def observe(self, seen: Observation) -> float | None:
        """Count a comment.

        Returns:
            None if it was counted or is ahead of its time; else how many seconds below the watermark it is.
        """
        if seen.ahead:
            return None
        time_s, spec, newest_s = seen.event_time_s, self.spec, self.newest_s
        if newest_s is None or time_s > newest_s:
            self.newest_s = time_s
        elif time_s < newest_s - spec.lateness_s:
            pane = spec.pane_of(newest_s)
            self._tally(pane, seen.subreddit).late += 1
            self.changed.add(pane)
            return newest_s - spec.lateness_s - time_s
        pane = int(time_s // spec.step_s) * spec.step_s
        rows = self.panes.get(pane)
        tally = rows.get(seen.subreddit) if rows is not None else None  # type: ignore[arg-type]  # None: no such
        if tally is None:
            tally = self._tally(pane, seen.subreddit)
        self.changed.add(pane)
        tally.count += 1
        tally.alerts += seen.alert
        tally.probability_sum_e9 += seen.probability_e9
        tally.histogram[seen.probability_e9 // BIN_E9 if seen.probability_e9 < BILLION else BINS - 1] += 1
        return None

    def _tally(self, pane: int, subreddit: str | None) -> Tally:
        """Return the tally to count in; a name that may not have a row shares that of the unnamed."""
        rows = self.panes.setdefault(pane, {})
        name = subreddit or UNNAMED
        tally = rows.get(name)
        if tally is None:
            if name == EVERYTHING or len(name) > LONGEST_NAME or len(rows) >= MOST_SUBREDDITS:
                name = UNNAMED
            tally = rows.get(name) or rows.setdefault(name, Tally())
        return tally

    def close(self) -> list[Window]:
        """Take the windows that have closed since the last call, oldest first, and forget what is in none."""
        watermark_s = self.watermark_s
        if watermark_s is None:
            return []
        spec = self.spec
        ended = int(watermark_s // spec.step_s) * spec.step_s  # ends are multiples of the step, as starts are
        if ended <= self.closed_until_s:
            return []
        closed = [self._window(start) for start in self._starts() if start + spec.size_s <= ended]
        self.closed_until_s = ended
        for pane in [pane for pane in self.panes if pane + spec.size_s <= ended]:
            del self.panes[pane]
            self.changed.discard(pane)
        return closed

    def open(self) -> list[Window]:
        """Return the windows that are open, oldest first, as they stand; to be used at once."""
        return [self._window(start) for start in self._starts()]

    def count_open(self) -> int:
        """Return how many windows are open."""
        return sum(1 for _ in self._starts())

    def take_changed(self) -> list[Window]:
        """Take the open windows that have changed since the last call, oldest first; to be used at once."""
        starts = {start for pane in self.changed for start in self.spec.windows_of(pane)}
        self.changed.clear()
        return [self._window(start) for start in self._starts() if start in starts]

    def _starts(self) -> Iterator[int]:
        """Yield the starts of the open windows that have something in them."""
        spec = self.spec
        starts = {start for pane in self.panes for start in spec.windows_of(pane)}
        return (start for start in sorted(starts) if start + spec.size_s > self.closed_until_s)

    def _window(self, start: int) -> Window:
        """Return a window as it stands; its tallies may be those that are counted on."""
        panes = [self.panes[pane] for pane in self.spec.panes_of(start) if pane in self.panes]
        return Window(start, start + self.spec.size_s, panes[0] if len(panes) == 1 else merged(panes))


def merged(parts: Iterable[Mapping[str, Tally]]) -> Rows:
    """Return the sum of several rows, as new tallies."""
    rows: Rows = {}
    for part in parts:
        for name, tally in part.items():
            rows.setdefault(name, Tally()).add(tally)
    return rows
