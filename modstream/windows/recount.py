"""Windows from scratch: what the statistics have to be, given every comment in its partition's order."""

import math
from collections.abc import Iterator

from streams.window_records import WindowStats, statistics
from streams.windows import Observation, PartitionWindows, Rows, Span, Window, WindowSpec, merged, total


class Recount:
    """Counts the comments of all partitions; what it holds in memory are windows, not comments."""

    def __init__(self, spec: WindowSpec, partitions: int) -> None:
        """Begin to count.

        Args:
            spec: How time is cut.
            partitions: How many the comments have; those without a comment hold nothing back.
        """
        self._partitions = [PartitionWindows(spec) for _ in range(partitions)]
        self._closed: dict[Span, Rows] = {}

    def observe(self, partition: int, seen: Observation) -> float | None:
        """Count a partition's next comment; return how many seconds too late it is, None if it is not."""
        windows = self._partitions[partition]
        below_s = windows.observe(seen)
        for each in windows.close():
            self._add(each)
        return below_s

    @property
    def settled_until_s(self) -> float:
        """Return the event time up to which no comment can change a window any more."""
        marks = [windows.watermark_s for windows in self._partitions]
        return min((-math.inf if mark is None else mark for mark in marks), default=-math.inf)

    def settled(self) -> Iterator[WindowStats]:
        """Yield the statistics of windows that nothing can change any more, oldest first, and forget them."""
        yield from self._taken(self.settled_until_s)

    def finish(self) -> Iterator[WindowStats]:
        """Yield the statistics of all windows that are left, oldest first: no comment comes any more."""
        for windows in self._partitions:
            for each in windows.open():
                self._add(each)
            windows.panes.clear()
        yield from self._taken(math.inf)

    def standing(self) -> Iterator[WindowStats]:
        """Yield the statistics of all windows that were not taken, as they stand; nothing is forgotten."""
        rows = dict(self._closed)
        for windows in self._partitions:
            for each in windows.open():
                span = Span(each.start_s, each.end_s)
                rows[span] = merged([rows.get(span, {}), each.rows])
        for span in sorted(rows):
            yield from _statistics(span, rows[span])

    def _add(self, window: Window) -> None:
        span = Span(window.start_s, window.end_s)
        self._closed[span] = merged([self._closed.get(span, {}), window.rows])

    def _taken(self, until_s: float) -> Iterator[WindowStats]:
        for span in sorted(span for span in self._closed if span.end_s <= until_s):
            yield from _statistics(span, self._closed.pop(span))


def _statistics(span: Span, rows: Rows) -> list[WindowStats]:
    return statistics(Window(*span, rows), total(rows.values()), revision=0, final=True)
