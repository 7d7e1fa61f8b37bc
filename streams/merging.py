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

from streams.window_records import (
    Forgotten,
    Partial,
    PartitionProgress,
    WindowPartial,
    WindowStats,
    statistics,
)
from streams.windows import Rows, Span, Tally, Window, total

type Part = dict[str, tuple[int, Tally]]
"""What one partition has counted of each subreddit in one window, and up to which offset."""


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

    def take(self, told: WindowPartial) -> bool:
        """Take in what is newer of a partition's rows; return whether anything differs.

        Rows are compared one by one: they come in several records, and a writer may die in their midst.
        """
        part = self.parts.setdefault(told.partition, {})
        changed = set()
        for row in told.rows:
            offset, tally = part.get(row.subreddit, (-1, None))
            if told.next_offset >= offset:
                part[row.subreddit] = (told.next_offset, row.tally)
                if tally != row.tally:
                    changed.add(row.subreddit)
        self.changed |= changed
        self.final = self.final and not changed
        return bool(changed)

    def take_changed(self) -> set[str]:
        """Bring the sums up to date; return the subreddits that have changed."""
        changed, self.changed = self.changed, set()
        for name in changed:
            told = [part[name][1] for part in self.parts.values() if name in part]
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

    def __init__(self, *, provisional: bool, over_s: float = -math.inf) -> None:
        """Begin at the start of the topic.

        Args:
            provisional: Whether to publish windows that may still change in the usual course of things.
            over_s: Windows that end here or before were published for good by another merger.
        """
        self._provisional = provisional
        self._windows: dict[Span, Merging] = {}
        self._unsettled: set[Span] = set()
        """Windows that are not final, or have changed since."""
        self._progress: dict[int, PartitionProgress] = {}
        self._progress_keys: dict[int, set[bytes]] = {}
        self._partitions = 0
        self.over_s = over_s
        """Windows that end here or before are forgotten."""

    @property
    def idle(self) -> dict[int, bool]:
        """Return for each partition that has told anything whether nobody waits for it."""
        return {partition: progress.idle for partition, progress in self._progress.items()}

    def fold(self, told: Partial, offset: int) -> Merged:
        """Take in the record at an offset of the topic, and return what follows from it."""
        if isinstance(told, Forgotten):
            return NOTHING  # of a merger, not of a partition
        if isinstance(told, WindowPartial):
            return Merged([], self._take_rows(told))
        known = self._progress.get(told.partition)
        if known is not None and (told.next_offset, told.idle) < (known.next_offset, known.idle):
            # From a worker that has lost the partition and does not know it yet, or from one that begins at
            # its predecessor's checkpoint: both know less. Only a further comment ends idleness.
            return NOTHING
        return self._settle(offset, self._take_progress(told))

    def drop(self, spans: Container[Span]) -> list[bytes]:
        """Forget windows whose partials are being deleted; return the keys of those that are left."""
        gone = [self._forget(span) for span in list(self._windows) if span in spans]
        return sorted(key for window in gone for key in window.keys)

    def _take_rows(self, told: WindowPartial) -> list[bytes]:
        """Take in rows; return the key if nobody will need them."""
        span = Span(told.window_start, told.window_end)
        if span.end_s <= self.over_s:
            return [told.key]  # told again, and forgotten already
        window = self._windows.setdefault(span, Merging())
        window.keys.add(told.key)
        if window.take(told):
            self._unsettled.add(span)
        return []

    def _take_progress(self, told: PartitionProgress) -> list[bytes]:
        """Note how far a partition is; return the keys of what others have said of it before."""
        known = self._progress.get(told.partition)
        self._progress[told.partition] = told
        self._partitions = max(self._partitions, told.partitions)
        keys = self._progress_keys.setdefault(told.partition, set())
        useless: list[bytes] = []
        # At the same offset nobody knows which of the writers is left.
        if known is None or told.next_offset > known.next_offset:
            useless = sorted(keys - {told.key})
            keys.clear()
        keys.add(told.key)
        return useless

    def _settle(self, revision: int, useless: list[bytes]) -> Merged:
        """Return the statistics that are due, and forget what can never change again."""
        published: list[WindowStats] = []
        final_s = self._least_watermark(each for each in self._progress.values() if not each.idle)
        for span in sorted(self._unsettled):
            window = self._windows[span]
            if span.end_s <= final_s:
                published += self._statistics(span, window, revision, final=True)
                self._unsettled.discard(span)
            elif window.changed and self._provisional:
                published += self._statistics(span, window, revision, final=False)
        over_s = self._least_watermark(self._progress.values())
        if over_s > self.over_s:
            self.over_s = over_s
            for span in sorted(span for span in self._windows if span.end_s <= over_s):
                useless += sorted(self._forget(span).keys)
        return Merged(published, useless)

    def _forget(self, span: Span) -> Merging:
        self._unsettled.discard(span)
        return self._windows.pop(span)

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
                return Span(int(start), int(end))
    return None
