"""Draws the results: comments a second, and the CPU time of a comment by the part that takes it."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import TITLES
from benchmarks.harness.running import BROKER, PARTS, SERVICE, WORKER
from benchmarks.throughput.figures import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_WIDE, INCHES_A_ROW, INCHES_MORE = 13.0, 0.42, 1.6
DOTS_PER_INCH = 110

OURS, PEERS = "#2874a6", "#aeb6bf"
PART_COLOURS = {WORKER: "#2874a6", SERVICE: "#d68910", BROKER: "#aeb6bf"}


def draw(rows: Sequence[Row], title: str, form: str) -> bytes:
    """Return a picture as the bytes of a file.

    Args:
        rows: What was measured.
        title: What is above it.
        form: `png`, `svg` or `pdf`.
    """
    # Figures made without pyplot need no display, keep no state, and load in half the time.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(TITLES)
    mixes = [mix for mix in Mix if any(row.mix is mix for row in rows)]
    heights = [INCHES_MORE + INCHES_A_ROW * sum(row.mix is mix for row in rows) for mix in mixes]
    figure = Figure(
        figsize=(INCHES_WIDE, sum(heights, INCHES_MORE)),
        dpi=DOTS_PER_INCH,
        layout="constrained",
    )
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    grid = figure.subplots(max(1, len(mixes)), 2, squeeze=False, height_ratios=heights or None)
    for (speed, cost), mix in zip(grid, mixes, strict=False):
        some = sorted(
            (row for row in rows if row.mix is mix), key=lambda row: names.index(row.contender), reverse=True
        )
        _draw_speed(speed, some)
        _draw_cost(cost, some)
        speed.set_title(f"{mix} texts: comments a second", fontsize="medium", loc="left")
        cost.set_title("µs of CPU a comment", fontsize="medium", loc="left")
    file = BytesIO()
    figure.savefig(file, format=form)
    return file.getvalue()


def _draw_speed(axes: "Axes", rows: Sequence[Row]) -> None:
    rates = [row.comments_per_s or 0.0 for row in rows]
    places = range(len(rows))
    errors = [
        [rate - (row.slowest or 0.0) for rate, row in zip(rates, rows, strict=True)],
        [(row.fastest or 0.0) - rate for rate, row in zip(rates, rows, strict=True)],
    ]
    colours = [OURS if row.contender.startswith("ours") else PEERS for row in rows]
    axes.barh(places, rates, color=colours, xerr=errors, error_kw={"linewidth": 1.0, "capsize": 2})
    axes.set_yticks(places, [_name(row) for row in rows])
    for place, row in zip(places, rows, strict=True):
        axes.annotate(
            f" {rates[place]:,.0f}" if row.comments_per_s is not None else " too short to measure",
            (row.fastest or 0.0, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
    axes.set_xlim(0, 1.18 * max([1.0, *(row.fastest or 0.0 for row in rows)]))
    _tidy(axes)


def _draw_cost(axes: "Axes", rows: Sequence[Row]) -> None:
    places = range(len(rows))
    # The talk's design takes some fifty times as much as the next: it would leave no room for the others.
    sums = sorted(sum(row.cpu_us.values()) for row in rows)
    room = sums[-1] if len(sums) < 2 or sums[-1] <= 4 * sums[-2] else 1.5 * sums[-2]  # noqa: PLR2004
    left = [0.0] * len(rows)
    for part in PARTS:
        widths = [row.cpu_us.get(part, 0.0) for row in rows]
        axes.barh(places, widths, left=left, color=PART_COLOURS[part], label=part)
        left = [sum(both) for both in zip(left, widths, strict=True)]
    for place, total in zip(places, left, strict=True):
        axes.annotate(
            f"{total:,.0f}{' →' if total > room else ''}" if total else "",
            (min(total, room), place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
    axes.set_yticks(places, [""] * len(rows))
    axes.set_xlim(0, max(1.0, 1.15 * room))
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(PARTS),
        frameon=False,
        borderpad=0.2,
        fontsize="small",
        columnspacing=1.0,
    )
    _tidy(axes)


def _name(row: Row) -> str:
    return f"{TITLES[row.contender]}{f' ({row.lost:,} lost)' if row.lost else ''}"


def _tidy(axes: "Axes") -> None:
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
