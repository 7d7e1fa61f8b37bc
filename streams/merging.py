"""Merges what the partitions have counted into the statistics of whole windows; pure, without Kafka or clock.

The merger is a fold over the topic of partial windows: what it publishes depends on that topic's records
alone, and a record's offset is the revision of what it leads to. So a merger that starts anew reads the topic
from its beginning without a word, and goes on where the last one had stopped.
"""

import math
from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.window_records import Partial, PartitionProgress, WindowPartial, WindowStats, statistics
from streams.windows import Rows, Tally, Window, total


class Span(NamedTuple):
    """Which window: seconds since the epoch, half-open."""

    end_s: int
    start_s: int


@dataclass
class Part:
    """What one partition has counted in one window."""

    next_offset: int = 0
    rows: Rows = field(default_factory=dict)


@dataclass
class Merging:
    """One window on its way to be final."""

    parts: dict[int, Part] = field(default_factory=dict)
    """What each partition has counted."""
    rows: Rows = field(default_factory=dict)
    """The sum over all partitions, but for what has changed."""
    everything: Tally = field(default_factory=Tally)
    """The sum over all of these rows."""
    changed: set[str] = field(default_factory=set)
    """Subreddits that have changed since the statistics were published."""
    keys: set[bytes] = field(default_factory=set)
    """Keys of the partials that it was made from."""
    final: bool = False
    """Whether the statistics were published as final ones, and nothing has changed since."""

    def take_changed(self) -> set[str]:
        """Bring the sums up to date; return the subreddits that have changed."""
        changed, self.changed = self.changed, set()
        for name in changed:
            told = [part.rows[name] for part in self.parts.values() if name in part.rows]
            tally = told[0] if len(told) == 1 else total(told)
            if (known := self.rows.get(name)) is not None:
                self.everything.subtract(known)
            self.everything.add(tally)
            self.rows[name] = tally
        return changed


class Merged(NamedTuple):
    """What one record leads to."""

    statistics: list[WindowStats]
    useless: list[bytes]
    """Keys of partials that nobody will need again."""


NOTHING = Merged([], [])


class Merger:
    """Keeps the newest partial of each partition and window."""

    def __init__(self, *, provisional: bool) -> None:
        """Begin at the start of the topic.

        Args:
            provisional: Whether to publish windows that may still change in the usual course of things.
        """
        self._provisional = provisional
        self._windows: dict[Span, Merging] = {}
        self._progress: dict[int, PartitionProgress] = {}
        self._progress_keys: dict[int, set[bytes]] = {}
        self._partitions = 0

    def fold(self, told: Partial, offset: int) -> Merged:
        """Take in the record at an offset of the topic, and return what follows from it."""
        if isinstance(told, WindowPartial):
            return Merged([], self._take_rows(told))
        known = self._progress.get(told.partition)
        if known is not None and (told.next_offset, told.idle) < (known.next_offset, known.idle):
            # From a worker that has lost the partition and does not know it yet, or from one that begins at
            # its predecessor's checkpoint: both know less. Only a further comment ends idleness.
            return NOTHING
        self._progress[told.partition] = told
        self._partitions = max(self._partitions, told.partitions)
        keys = self._progress_keys.setdefault(told.partition, set())
        useless: list[bytes] = []
        if (
            known is None or told.next_offset > known.next_offset
        ):  # at the same offset nobody knows who is left
            useless = sorted(keys - {told.key})
            keys.clear()
        keys.add(told.key)
        return self._settle(offset, useless)

    def drop(self, spans: Container[Span]) -> list[bytes]:
        """Forget windows whose partials are being deleted; return the keys of those that are left."""
        gone = [self._windows.pop(span) for span in list(self._windows) if span in spans]
        return sorted(key for window in gone for key in window.keys)

    def _take_rows(self, told: WindowPartial) -> list[bytes]:
        """Take in what is new, and return the keys of which nothing is."""
        span = Span(told.window_end, told.window_start)
        if span.end_s <= self._least_watermark(self._progress.values()):
            return [told.key]  # told again, and forgotten already
        window = self._windows.setdefault(span, Merging())
        window.keys.add(told.key)
        part = window.parts.setdefault(told.partition, Part())
        if told.next_offset < part.next_offset:
            return []
        part.next_offset = told.next_offset
        for row in told.rows:
            if part.rows.get(row.subreddit) != row.tally:
                part.rows[row.subreddit] = row.tally
                window.changed.add(row.subreddit)
                window.final = False
        return []

    def _settle(self, revision: int, useless: list[bytes]) -> Merged:
        """Return the statistics that are due, and forget what can never change again."""
        published: list[WindowStats] = []
        over_s = self._least_watermark(self._progress.values())
        final_s = self._least_watermark(each for each in self._progress.values() if not each.idle)
        for span in sorted(self._windows):
            window = self._windows[span]
            if span.end_s <= final_s and not window.final:
                published += self._statistics(span, window, revision, final=True)
            elif window.changed and self._provisional:
                published += self._statistics(span, window, revision, final=False)
            if span.end_s <= over_s:
                useless += sorted(self._windows.pop(span).keys)
        return Merged(published, useless)

    def _statistics(self, span: Span, window: Merging, revision: int, *, final: bool) -> list[WindowStats]:
        changed = window.take_changed()
        window.final = final
        told = {name: window.rows[name] for name in (window.rows if final else changed)}
        return statistics(
            Window(span.start_s, span.end_s, told), window.everything, revision=revision, final=final
        )

    def _least_watermark(self, waited_for: Iterable[PartitionProgress]) -> float:
        """Return the event time up to which those partitions have told everything."""
        if not self._partitions or len(self._progress) < self._partitions:
            return -math.inf  # one has not spoken yet
        marks = (-math.inf if each.watermark is None else each.watermark for each in waited_for)
        return min(marks, default=math.inf)


def span_of(key: bytes | None) -> Span | None:
    """Return the window that a partial's key is of, None for the key of anything else."""
    match (key or b"").split(b"/"):
        case [_, _, start, end, _]:
            with suppress(ValueError):
                return Span(int(end), int(start))
    return None
