"""The newest windows out of many records, in whatever order they come; pure, without Kafka."""

import heapq
from collections.abc import Mapping
from enum import StrEnum
from math import gcd
from typing import NamedTuple

import msgspec

from streams.records import END_OF_TIME_S
from streams.settings import LONGEST_WINDOW_S
from streams.window_records import WindowStats
from streams.windows import BINS, EVERYTHING, Span

_stats = msgspec.json.Decoder(WindowStats)


class State(StrEnum):
    """What may still become of a row."""

    OPEN = "open"
    FINAL = "final"
    REVISED = "revised"
    """Final again with other figures: a partition that was idle has brought more."""


class Row(NamedTuple):
    """The newest statistics of a window, for one subreddit or for all."""

    stats: WindowStats
    revised: bool
    """Whether there were final ones with other figures before."""

    @property
    def state(self) -> State:
        """Return what may still become of it."""
        if not self.stats.final:
            return State.OPEN
        return State.REVISED if self.revised else State.FINAL


def parse_stats(value: bytes | None) -> WindowStats | None:
    """Return a record's statistics, None if it is not one that a merger writes."""
    if value is None:
        return None
    try:
        stats = _stats.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return stats if _is_possible(stats) else None


def _is_possible(stats: WindowStats) -> bool:
    start_s, mean = stats.window_start, stats.mean_probability
    return (
        -LONGEST_WINDOW_S <= start_s < END_OF_TIME_S
        and start_s < stats.window_end <= start_s + LONGEST_WINDOW_S
        and 0 <= stats.alerts <= stats.count
        and stats.late >= 0
        and (mean is None or 0.0 <= mean <= 1.0)
        and len(stats.probability_histogram) == BINS
        and min(stats.probability_histogram) >= 0
    )


class NewestWindows:
    """Keeps so many of the newest windows, and of those the newest revision of each row.

    Newer is what starts later; the order of the records does not matter.
    """

    def __init__(
        self, last: int, subreddit: str | None = EVERYTHING, *, since_s: float | None = None
    ) -> None:
        """Begin with none.

        Args:
            last: How many windows to keep, at least 1.
            subreddit: The only one whose rows are kept; None for all of them.
            since_s: Windows that start earlier are not kept.
        """
        self._last = last
        self.subreddit = subreddit
        self.since_s = since_s
        self._windows: dict[Span, dict[str, Row]] = {}
        self._order: list[Span] = []  # a heap: the oldest comes first
        self._steps: dict[int, int] = {}
        self.subreddits: set[str] = set()
        """Those that any record is about, but for the row for everything."""
        self.newest_s: int | None = None
        """When the newest window starts that has the wanted rows, kept or not."""
        self.as_of_s: float | None = None
        """The Kafka timestamp of the newest statistics; what was counted later is in none."""
        self.unreadable = 0
        """Records that are no statistics."""

    @property
    def is_full(self) -> bool:
        """Return whether an older window would not be kept any more."""
        return len(self._order) == self._last

    @property
    def steps(self) -> Mapping[int, int]:
        """Return by the size of windows the time from one's start to the next one's, as all records tell it.

        It is a divisor of the size, and less than that if windows overlap.
        """
        return self._steps

    @property
    def oldest_s(self) -> int | None:
        """Return when the oldest window starts that is kept."""
        return self._order[0].start_s if self._order else None

    def observe(self, value: bytes | None, at_s: float | None = None) -> Row | None:
        """Take in a record; return the row that it changes, None if it changes none that is kept.

        Args:
            value: The record's value.
            at_s: Its Kafka timestamp in seconds since the epoch; None if it has none.
        """
        stats = parse_stats(value)
        if stats is None:
            self.unreadable += 1
            return None
        if at_s is not None and (self.as_of_s is None or at_s > self.as_of_s):
            self.as_of_s = at_s
        size_s = stats.window_end - stats.window_start
        self._steps[size_s] = gcd(self._steps.get(size_s, size_s), stats.window_start)
        if stats.subreddit != EVERYTHING:
            self.subreddits.add(stats.subreddit)
        if self.subreddit not in (None, stats.subreddit):
            return None
        if self.newest_s is None or stats.window_start > self.newest_s:
            self.newest_s = stats.window_start
        if self.since_s is not None and stats.window_start < self.since_s:
            return None
        rows = self._rows(Span(stats.window_start, stats.window_end))
        if rows is None:
            return None
        known = rows.get(stats.subreddit)
        row = rows[stats.subreddit] = Row(stats, revised=False) if known is None else _newer(known, stats)
        return row if row != known else None

    def rows(self) -> list[Row]:
        """Return what is kept: the newest window first; in it the row for everything, then by comments."""
        return [
            row
            for span in sorted(self._windows, reverse=True)
            for row in sorted(self._windows[span].values(), key=_place)
        ]

    def _rows(self, span: Span) -> dict[str, Row] | None:
        """Return the rows of a window, None if it is older than those that are kept."""
        rows = self._windows.get(span)
        if rows is None:
            if not self.is_full:
                heapq.heappush(self._order, span)
            elif span < self._order[0]:
                return None
            else:
                del self._windows[heapq.heapreplace(self._order, span)]
            rows = self._windows[span] = {}
        return rows


def _newer(known: Row, stats: WindowStats) -> Row:
    if stats.revision == known.stats.revision:
        return known  # the merger has said it again
    older, newer = sorted((known.stats, stats), key=lambda each: each.revision)
    return Row(newer, known.revised or (older.final and _figures(older) != _figures(newer)))


def _figures(stats: WindowStats) -> WindowStats:
    return msgspec.structs.replace(stats, revision=0, final=True)


def _place(row: Row) -> tuple[bool, int, str]:
    return row.stats.subreddit != EVERYTHING, -row.stats.count, row.stats.subreddit
