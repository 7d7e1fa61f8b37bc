"""Draws the results: for each load, the quantiles of each contender's latencies on a logarithmic axis."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from benchmarks.harness.contenders import TITLES
from benchmarks.latency.figures import Measure, Quantiles
from benchmarks.latency.loads import title as title_of
from benchmarks.latency.table import milliseconds, of_load

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_A_LOAD, INCHES_FOR_NAMES = 3.6, 3.2
INCHES_A_ROW, INCHES_MORE = 0.5, 1.7
DOTS_PER_INCH = 110

OURS, PEERS = "#2874a6", "#7f8c8d"
MARKS = {"p50": "o", "p95": "D", "p99": "s", "max": "|"}
BESIDE = 0.18
"""How far predictions are above a row's middle, and alerts below."""


def draw(measures: Sequence[Measure], title: str, form: str) -> bytes:
    """Return a picture as the bytes of a file.

    Args:
        measures: What was measured.
        title: What is above it.
        form: `png`, `svg` or `pdf`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    loads = [*dict.fromkeys(each.wanted for each in measures)]
    present = {each.contender for each in measures}
    names = [name for name in reversed(TITLES) if name in present]
    figure = Figure(
        figsize=(INCHES_FOR_NAMES + INCHES_A_LOAD * len(loads), INCHES_MORE + INCHES_A_ROW * len(names)),
        dpi=DOTS_PER_INCH,
        layout="constrained",
    )
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    panels = figure.subplots(1, max(1, len(loads)), sharex=True, sharey=True, squeeze=False)[0]
    for axes, wanted in zip(panels, loads, strict=False):
        _draw_load(axes, of_load(measures, wanted), names)
        axes.set_title(title_of(wanted), fontsize="medium", loc="left")
    panels[0].set_yticks(range(len(names)), [TITLES[name] for name in names])
    panels[0].set_ylim(-0.6, len(names) - 0.4)
    marks = [
        Line2D([], [], color=PEERS, linestyle="", marker=mark, label=name) for name, mark in MARKS.items()
    ]
    kinds = [
        Line2D([], [], color=PEERS, marker="o", markerfacecolor=face, label=kind)
        for kind, face in (("predictions", PEERS), ("alerts", "white"))
    ]
    figure.legend(handles=[*marks, *kinds], loc="outside lower right", ncols=len(marks) + 2, frameon=False)
    file = BytesIO()
    figure.savefig(file, format=form)
    return file.getvalue()


def _draw_load(axes: "Axes", measures: Sequence[Measure], names: Sequence[str]) -> None:
    axes.set_xscale("log")
    for measure in measures:
        colour = OURS if measure.contender.startswith("ours") else PEERS
        row = names.index(measure.contender)
        _draw_quantiles(axes, measure.predictions, row + BESIDE, colour, colour)
        _draw_quantiles(axes, measure.alerts, row - BESIDE, colour, "white")
    axes.set_xlabel("ms from when a comment should have been sent", fontsize="small")
    axes.grid(axis="x", which="both", alpha=0.25)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")


def _draw_quantiles(axes: "Axes", found: Quantiles | None, at: float, colour: str, face: str) -> None:
    if found is None:
        return
    values = (found.p50, found.p95, found.p99, found.max)
    axes.plot(values, [at] * len(values), color=colour, linewidth=1.2)
    for value, mark in zip(values, MARKS.values(), strict=True):
        axes.plot(value, at, mark, color=colour, markerfacecolor=face, markersize=5)
    axes.annotate(
        milliseconds(found.p50), (found.p50, at), xytext=(-5, 0), textcoords="offset points",
        ha="right", va="center", fontsize="x-small", color=colour,
    )  # fmt: skip
