"""Whether the statistics of the windows are those of the predictions, counted once more; pure bookkeeping."""

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

import msgspec

from modstream.verify.outputs import Forecast, decoded, digest
from modstream.verify.verdict import Offender, Verdict
from modstream.windows.predictions import PredictionRecount
from streams.records import encode
from streams.window_records import WindowStats
from streams.windows import WindowSpec

ROWS_SHOWN = 5
"""So many wrong rows are named at the most."""


class Row(NamedTuple):
    """One row of the statistics: a window, and a subreddit or `*`."""

    end_s: int
    start_s: int
    subreddit: str


class Published(NamedTuple):
    """The newest record of a row."""

    revision: int
    content: int
    """Digest of everything but `revision` and `final`."""
    final: bool
    partition: int
    offset: int


class WindowCounts(NamedTuple):
    """How the rows stand."""

    final: int
    """Rows that are final and equal the recount."""
    open: int
    """Rows that may still change, or whose newest revision is on its way."""
    missing: int
    """Rows of windows that nothing can change any more, and that were not published as final."""
    wrong: int
    """Rows of such windows that differ from the recount, or that it does not have."""
    other: int
    """Rows of windows of another size; they are left out."""
    late: int
    """Comments that count in no window because they are late, as the recount has it."""
    ahead: int
    """Comments that count in no window because they are ahead of their time."""
    late_wrong: int
    """Comments that the topic of late comments and the recount do not agree about."""
    offenders: tuple[Offender, ...]
    step_s: int = 0
    """The step that the rows' starts tell, in seconds, if it is not the one they were checked with."""

    @property
    def settled(self) -> bool:
        """Return whether all that is known for sure was published."""
        return not (self.missing or self.wrong or self.late_wrong)

    def added_to(self, verdict: Verdict) -> Verdict:
        """Return a verdict of the comments with these counts beside."""
        return msgspec.structs.replace(
            verdict,
            windows=self.final,
            windows_open=self.open,
            windows_missing=self.missing,
            windows_wrong=self.wrong,
            windows_other=self.other,
            windows_step_s=self.step_s,
            windows_checked=True,
            late=self.late,
            ahead=self.ahead,
            late_wrong=self.late_wrong,
            offenders=(*verdict.offenders, *self.offenders),
            ok=verdict.ok and self.settled,
        )


_statistics = msgspec.json.Decoder(WindowStats)


class WindowAccounts:
    """Counts the predictions again and compares; memory: two numbers a row, and the late comments' offsets.

    Show it the late comments before the predictions: a comment that is ahead of its time can be told by its
    record there alone.
    """

    def __init__(
        self, topic: str, statistics: str, threshold: float, spec: WindowSpec, partitions: int
    ) -> None:
        """Begin.

        Args:
            topic: The topic of comments.
            statistics: The topic of window statistics.
            threshold: What a probability has to exceed to count as an alert.
            spec: How the worker cuts time into windows.
            partitions: How many partitions the comments have.
        """
        self._statistics = statistics
        self._spec = spec
        self._recount = PredictionRecount(topic, threshold, spec, partitions)
        self._expected: dict[Row, int] = {}
        """Contents of rows that nothing can change any more."""
        self._published: dict[Row, Published] = {}
        self._step_s = spec.size_s
        """The largest step that all rows' starts are multiples of; the worker's divides the size."""
        self._to_look_at: set[Row] = set()
        self._other: set[Row] = set()
        """Rows of a worker with windows of another size."""

    def observe_late(self, value: bytes | None) -> None:
        """Enter a record of the topic of late comments."""
        self._recount.observe_late_record(value)

    def observe_prediction(self, forecast: Forecast) -> None:
        """Enter a record of the prediction topic; those of one partition in the order of their records."""
        self._recount.observe_forecast(forecast)

    def observe_statistics(self, partition: int, offset: int, value: bytes | None) -> None:
        """Enter a record of the statistics."""
        told = decoded(_statistics, value)
        row = _row(told)
        if told.window_end - told.window_start != self._spec.size_s:
            self._other.add(row)
            return
        self._step_s = gcd(self._step_s, told.window_start)
        known = self._published.get(row)
        if known is None or told.revision >= known.revision:
            self._published[row] = Published(told.revision, _content(told), told.final, partition, offset)
            self._to_look_at.add(row)

    def counts(self) -> WindowCounts:
        """Return how the rows stand."""
        for told in self._recount.settled():
            self._expected[_row(told)] = _content(told)
            self._to_look_at.add(_row(told))
        standing = {_row(told): _content(told) for told in self._recount.standing()}
        missing, wrong, unsettled = [], [], 0
        for row in sorted(self._to_look_at | standing.keys()):
            published = self._published.get(row)
            if row in standing or row.end_s > self._recount.settled_until_s:
                unsettled += (
                    published is None or not published.final or published.content != standing.get(row)
                )
            elif row not in self._expected:
                wrong.append(row)
            elif published is None or not published.final:
                missing.append(row)
            elif published.content != self._expected[row]:
                wrong.append(row)
            else:
                self._to_look_at.discard(row)
        ahead = len(self._recount.late & self._recount.told_ahead)
        rows = len(self._expected.keys() | self._published.keys() | standing.keys())
        return WindowCounts(
            final=rows - unsettled - len(missing) - len(wrong),
            open=unsettled,
            missing=len(missing),
            wrong=len(wrong),
            other=len(self._other),
            late=len(self._recount.late) - ahead,
            ahead=ahead,
            late_wrong=len(self._recount.late ^ self._recount.told_late),
            offenders=(
                *self._offenders("windows_missing", missing),
                *self._offenders("windows_wrong", wrong),
            ),
            step_s=self._step_s if self._published and self._step_s != self._spec.step_s else 0,
        )

    def _offenders(self, kind: str, rows: list[Row]) -> Iterator[Offender]:
        for row in rows[:ROWS_SHOWN]:
            published = self._published.get(row)
            where = (published.partition, published.offset) if published else (-1, -1)
            yield Offender(
                kind, self._statistics, *where, window=f"{row.start_s}/{row.end_s}/{row.subreddit}"
            )


def _row(told: WindowStats) -> Row:
    return Row(told.window_end, told.window_start, told.subreddit)


def _content(told: WindowStats) -> int:
    return digest(encode(msgspec.structs.replace(told, revision=0, final=True)))
