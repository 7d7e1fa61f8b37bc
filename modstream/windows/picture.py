"""Draws windows: how many comments, how many of them alerts, and what the model thought, over time."""

import math
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from modstream.windows.errors import PictureFormatError, PictureNotWritableError
from modstream.windows.table import lengths
from modstream.wording import counted
from streams.printable import printable
from streams.records import END_OF_TIME_S
from streams.window_records import WindowStats
from streams.windows import EVERYTHING, Span

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

LONG_GAP = 1_000
"""So many windows that are missing in a row, and more than there are in all, hide what is around them."""

INCHES = (13.0, 7.0)
DOTS_PER_INCH = 110
ENDINGS = (".png", ".svg", ".pdf")

MOST_POINTS = 400
"""More than so many windows are drawn in groups: a picture has no room for 10,000 bars."""

DAY_S = 86_400.0
LEAST_SHOWN_S = 600.0
NORMAL_95 = 1.959964
"""Two-sided 95% quantile of the normal distribution."""

COMMENTS, LATE, ALERTS, MEAN = "#2874a6", "#d68910", "#c0392b", "#566573"
LIGHTER = 0.4


def newest_run(windows: Sequence[WindowStats]) -> list[WindowStats]:
    """Return the newest windows without a long gap among them, in the order of time.

    Beside a gap of years a window of a minute is no line: replayed comments are of then, others of now. What
    a single comment makes, one window or those that overlap at its time, is passed over if there is more.
    """
    runs = _runs(windows)
    newest = next((run for run in reversed(runs) if not _is_lone(run)), None)
    return newest or (runs[-1] if runs else [])


def _runs(windows: Sequence[WindowStats]) -> list[list[WindowStats]]:
    """Return the windows between long gaps, oldest first."""
    ordered = sorted(windows, key=lambda each: each.window_start)
    runs = [ordered[:1]] if ordered else []
    for one, next_one in pairwise(ordered):
        size_s = one.window_end - one.window_start
        if next_one.window_start - one.window_end > max(LONG_GAP, len(ordered)) * size_s:
            runs.append([])
        runs[-1].append(next_one)
    return runs


def _is_lone(run: Sequence[WindowStats]) -> bool:
    """Return whether a run is what a single comment makes."""
    overlap = run[-1].window_start < min(each.window_end for each in run)
    return overlap and all(each.count + each.late <= 1 for each in run)


class Target(NamedTuple):
    """The file that a picture goes to."""

    path: Path

    @property
    def form(self) -> str:
        """Return the format that the file's ending names."""
        return self.path.suffix.lower().removeprefix(".")

    def require_writable(self) -> None:
        """Return if it can be drawn and written; what is in it stays for now.

        Raises:
            PictureFormatError: If the ending is none of ours.
            PictureNotWritableError: If it cannot be written.
        """
        if self.path.suffix.lower() not in ENDINGS:
            raise PictureFormatError(self.path, ENDINGS)
        is_new = not self.path.exists()
        with self._told(), self.path.open("ab"):
            pass
        if is_new:
            self.path.unlink()

    def write(self, picture: bytes) -> None:
        """Write the picture.

        Raises:
            PictureNotWritableError: If it cannot be written after all.
        """
        with self._told():
            self.path.write_bytes(picture)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PictureNotWritableError(self.path, error.strerror or os.fspath(self.path)) from error


class Point(NamedTuple):
    """Some neighbouring windows, or one."""

    start_s: int
    end_s: int
    windows: int
    comments: int
    alerts: int
    late: int
    probability_sum: float
    final: bool

    @classmethod
    def of(cls, stats: WindowStats, width_s: int) -> Self:
        """Return a window, as wide as the picture has it, at its end: there all of it has been counted."""
        mean = stats.mean_probability or 0.0
        return cls(
            stats.window_end - width_s,
            stats.window_end,
            1,
            stats.count,
            stats.alerts,
            stats.late,
            mean * stats.count,
            stats.final,
        )

    def joined(self, other: "Point") -> "Point":
        """Return this and a later one together."""
        return Point(
            self.start_s,
            other.end_s,
            self.windows + other.windows,
            self.comments + other.comments,
            self.alerts + other.alerts,
            self.late + other.late,
            self.probability_sum + other.probability_sum,
            self.final and other.final,
        )


def wilson(alerts: int, count: int) -> tuple[float, float]:
    """Return the ends of the 95% score interval of a share; the whole of [0, 1] when nothing was counted.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference. Journal of the
    American Statistical Association 22 (1927), 209-212.
    """
    if not count:
        return 0.0, 1.0
    share, square = alerts / count, NORMAL_95**2 / count
    middle = (share + square / 2) / (1 + square)
    half = NORMAL_95 / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def points(rows: Iterable[WindowStats], steps: Mapping[int, int], most: int = MOST_POINTS) -> list[Point]:
    """Return what is drawn of windows, oldest first: each, or groups of neighbours where there are too many.

    Windows that overlap are as wide as the step from one to the next, and end where they end. In groups a
    comment must not count twice: of windows that overlap those alone are in groups that neither overlap each
    other nor the newest one.
    """
    ordered = sorted(rows, key=lambda each: (each.window_start, each.window_end))
    if len(ordered) <= most:
        return [Point.of(each, steps[_size_s(each)]) for each in ordered]
    newest = {_size_s(each): each.window_start for each in ordered}
    single = [
        Point.of(each, size_s)
        for each in ordered
        if (each.window_start - newest[size_s := _size_s(each)]) % size_s == 0
    ]
    if len(single) <= most:
        return single
    size_s = min(point.end_s - point.start_s for point in single)
    span_s = single[-1].end_s - single[0].start_s
    group_s = math.ceil(span_s / most / size_s) * size_s
    groups: dict[int, Point] = {}
    for point in single:
        number = point.start_s // group_s
        groups[number] = groups[number].joined(point) if number in groups else point
    return list(groups.values())


def _size_s(stats: WindowStats) -> int:
    return stats.window_end - stats.window_start


def draw(rows: Sequence[WindowStats], steps: Mapping[int, int], form: str) -> bytes:
    """Return a picture of windows as the bytes of a file.

    Args:
        rows: Statistics of one subreddit, or of all comments; at least one window, in any order.
        steps: How far apart they are, as `NewestWindows.steps`.
        form: `png`, `svg` or `pdf`.
    """
    # Figures made without pyplot need no display, keep no state, and load in half the time.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = points(rows, steps)
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    volume, share = figure.subplots(2, 1, sharex=True)
    figure.suptitle(title(rows, steps, drawn), parse_math=False)  # a name's dollar signs are no formula
    draw_volume(volume, drawn)
    volume.set_ylabel(volume_label(rows, drawn))
    _draw_shares(share, drawn)
    _draw_time(share, drawn)
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph", category=UserWarning
        )  # of a name in another script
        figure.savefig(file, format=form)
    return file.getvalue()


def title(rows: Sequence[WindowStats], steps: Mapping[int, int], drawn: Sequence[Point]) -> str:
    """Return what is drawn in one line."""
    name = rows[0].subreddit
    grouped = sum(point.windows for point in drawn) > len(drawn)
    open_ = sum(not each.final for each in rows)
    spans = [Span(each.window_start, each.window_end) for each in rows]
    windows = f"{counted(len(rows), 'window')} of {lengths(spans, steps)}"
    return (
        f"{'all comments' if name == EVERYTHING else printable(name)}: {windows}"
        f"{f', in {len(drawn):,} groups' if grouped else ''}"
        f"{f', {open_:,} not final (lighter)' if open_ else ''}"
    )


def volume_label(rows: Iterable[WindowStats], drawn: Iterable[Point]) -> str:
    """Return what a bar's height is: of windows that overlap more than its own width is counted."""
    sizes = {_size_s(each) for each in rows}
    narrow = any(point.windows == 1 and point.end_s - point.start_s < min(sizes) for point in drawn)
    if narrow and len(sizes) == 1:
        return f"comments in the {sizes.pop():,} s\nbefore a bar's end"
    return "comments a window"


def draw_volume(axes: "Axes", drawn: Sequence[Point]) -> None:
    """Draw how many comments there are, and how many more came too late."""
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator

    for final, strength in ((True, 1.0), (False, LIGHTER)):
        some = [point for point in drawn if point.final is final]
        if not some:
            continue
        at = [point.start_s / DAY_S for point in some]
        widths = [(point.end_s - point.start_s) / DAY_S for point in some]
        counts = [point.comments / point.windows for point in some]
        late = [point.late / point.windows for point in some]
        seam: dict[str, Any] = {
            "linewidth": 0.3 if len(drawn) <= MOST_POINTS // 4 else 0.0,
            "edgecolor": "white",
        }
        axes.bar(at, counts, widths, align="edge", color=COMMENTS, alpha=strength, **seam)
        if any(late):
            axes.bar(at, late, widths, counts, align="edge", color=LATE, alpha=strength, **seam)
    legend = [Patch(color=COMMENTS, label="counted")]
    if any(point.late for point in drawn):
        legend.append(Patch(color=LATE, label="too late to count"))
    if all(point.windows == 1 for point in drawn):  # a group's height is a mean
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0, top=None if any(point.comments or point.late for point in drawn) else 1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    _tidy(axes, legend)


def _draw_shares(axes: "Axes", drawn: Sequence[Point]) -> None:
    at: list[float] = []
    shares: list[tuple[float, float, float, float]] = []  # rate, low, high, mean
    certain: list[bool] = []
    for before, point in zip([None, *drawn], drawn, strict=False):
        if before is not None and point.start_s > before.end_s:  # a hole: no line across
            at.append(before.end_s / DAY_S)
            shares.append((math.nan,) * 4)
            certain.append(False)
        # A stair as wide as the window, so that one between holes is seen too.
        at += [point.start_s / DAY_S, point.end_s / DAY_S]
        shares += [_shares(point)] * 2
        certain += [point.final] * 2
    rate, low, high, mean = ([each[n] for each in shares] for n in range(4))
    band = axes.fill_between(at, low, high, color=ALERTS, alpha=0.15, linewidth=0, label="its 95% interval")
    lines: list[Artist] = []
    style: dict[str, Any] = {
        "linewidth": 1.3,
        "clip_on": False,
        "zorder": 3,
    }  # a rate of 0 is seen on the axis
    for values, colour, label in ((mean, MEAN, "mean probability of removal"), (rate, ALERTS, "alert rate")):
        axes.plot(at, values, color=colour, alpha=LIGHTER, **style)
        final = [each if whole else math.nan for each, whole in zip(values, certain, strict=True)]
        lines += axes.plot(at, final, color=colour, label=label, **style)
    highest = max((value for each in shares for value in each if not math.isnan(value)), default=1.0)
    axes.set_ylim(0, min(1.0, highest * 1.08) or 1.0)
    axes.set_ylabel("share of the comments")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    _tidy(axes, [lines[1], band, lines[0]])


def _shares(point: Point) -> tuple[float, float, float, float]:
    if not point.comments:
        return (math.nan,) * 4
    return (
        point.alerts / point.comments,
        *wilson(point.alerts, point.comments),
        point.probability_sum / point.comments,
    )


def _draw_time(axes: "Axes", drawn: Sequence[Point]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    first_s, last_s = drawn[0].start_s, max(point.end_s for point in drawn)
    room_s = max((LEAST_SHOWN_S - (last_s - first_s)) / 2, (last_s - first_s) * 0.01)
    latest_s = END_OF_TIME_S - DAY_S  # matplotlib knows no later year either
    axes.set_xlim((first_s - room_s) / DAY_S, min(last_s + room_s, latest_s) / DAY_S)
    locator: Any = AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))  # type: ignore[no-untyped-call]
    axes.set_xlabel("event time, UTC")


def _tidy(axes: "Axes", legend: "Sequence[Artist]") -> None:
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.legend(
        handles=legend,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=len(legend),
        frameon=False,
        borderpad=0.2,
    )
