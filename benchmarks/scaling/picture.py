"""Draws the results: a small picture for each series, or memory over the time of a soak."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING

from benchmarks.harness.running import BROKER, PARTS, SERVICE, WORKER
from benchmarks.scaling.figures import Growth, Row
from benchmarks.scaling.memory import Soak
from benchmarks.scaling.series import Name
from benchmarks.scaling.table import power, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 3
INCHES_WIDE, INCHES_HIGH, INCHES_MORE = 4.6, 3.3, 0.6
DOTS_PER_INCH = 110
SOAK_INCHES = (9.0, 4.2)

COLOURS = {WORKER: "#2874a6", SERVICE: "#d68910", BROKER: "#7f8c8d"}
FEW_VALUES = 8
"""So many are all written below the axis."""


def draw(rows: Sequence[Row], growths: Sequence[Growth], title: str, form: str) -> bytes:
    """Return a picture of series as the bytes of a file.

    Args:
        rows: What was measured.
        growths: What was fitted.
        title: What is above it.
        form: `png`, `svg` or `pdf`.
    """
    series = [*dict.fromkeys(each.series for each in rows)]
    columns = max(1, min(COLUMNS, len(series)))
    lines = max(1, ceil(len(series) / columns))
    figure = _figure(INCHES_WIDE * columns, INCHES_MORE + INCHES_HIGH * lines, title)
    panels = figure.subplots(lines, columns, squeeze=False).flat
    for axes, name in zip(panels, series, strict=False):
        _draw_series(
            axes,
            name,
            [each for each in rows if each.series == name],
            {each.part: each for each in growths if each.series == name},
        )
    for axes in [*figure.axes][len(series) :]:
        axes.set_axis_off()
    return _bytes(figure, form)


def draw_soak(soak: Soak, title: str, form: str) -> bytes:
    """Return a picture of a soak as the bytes of a file; the others' arguments."""
    figure = _figure(*SOAK_INCHES, title)
    axes = figure.subplots()
    for part, trace in soak.traces.items():
        axes.plot(trace.minutes, trace.mib, color=COLOURS[part], linewidth=1.0, label=part)
        found = soak.slopes.get(part)
        if found is not None:
            ends = (found.from_minute, found.to_minute)
            grown = found.mib_a_minute * (found.to_minute - found.from_minute)
            axes.plot(
                ends,
                (found.at_start_mib, found.at_start_mib + grown),
                color=COLOURS[part],
                linestyle="--",
                label=f"{found.mib_a_minute:+.2f} MiB a minute ({found.low:+.2f} to {found.high:+.2f})",
            )
    axes.axvspan(0.0, soak.warm_up_minutes, color="black", alpha=0.06, linewidth=0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("minutes under load; grey: the warm-up")
    axes.set_ylabel("MiB resident")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize="small", loc="lower right")
    return _bytes(figure, form)


def _figure(wide: float, high: float, title: str) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide, high), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize="medium", wrap=True)
    return figure


def _bytes(figure: "Figure", form: str) -> bytes:
    file = BytesIO()
    figure.savefig(file, format=form)
    return file.getvalue()


def _draw_series(axes: "Axes", name: Name, rows: Sequence[Row], growths: dict[str, Growth]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for part in PARTS:
        some = [each for each in rows if each.cpu_us.get(part)]
        if not some:
            continue
        costs = [each.cpu_us[part] for each in some]
        errors = [
            [cost - each.least_us[part] for cost, each in zip(costs, some, strict=True)],
            [each.most_us[part] - cost for cost, each in zip(costs, some, strict=True)],
        ]
        told = f"{part}: {power(growths[part])}" if part in growths else part
        values = [each.value for each in some]
        axes.errorbar(
            values, costs, yerr=errors, color=COLOURS[part], marker="o", markersize=4, capsize=2, label=told
        )
    axes.set_title(title_of(name), fontsize="medium", loc="left")
    axes.set_ylabel("µs CPU a comment", fontsize="small")
    values = [each.value for each in rows]
    if len(values) <= FEW_VALUES:
        axes.set_xticks(values, [f"{each:,}" for each in values], fontsize="small")
        axes.set_xticks([], minor=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.yaxis.set_minor_formatter(lambda value, _: f"{value:,g}" if f"{value:e}"[0] in "25" else "")
    axes.tick_params(axis="y", which="both", labelsize="small")
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom / 1.3, top * 2.2)  # room for the legend
    axes.grid(which="both", alpha=0.2)
    axes.legend(frameon=False, fontsize="small", loc="upper left")
