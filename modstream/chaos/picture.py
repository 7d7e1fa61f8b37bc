"""Draws a run: throughput and lag over time, with the faults marked."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modstream.chaos import measures
from modstream.chaos.report import ChaosReport, FaultReport
from modstream.chaos.schedule import BROKER, SERVICE, WORKER, Kind, role_of
from modstream.chaos.watching import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES = (13.0, 7.5)
DOTS_PER_INCH = 110

GAP_S = 1.5
"""Samples further apart than that have a hole between them: the broker was away."""

ROWS = (BROKER, SERVICE, WORKER, Kind.BAD_RECORD)
COLOURS = {
    Kind.KILL: "#c0392b",
    Kind.PAUSE: "#8e44ad",
    Kind.STOP: "#d68910",
    Kind.ADD: "#1e8449",
    Kind.REMOVE: "#566573",
    Kind.BAD_RECORD: "#1f618d",
}
MARKERS = {
    Kind.KILL: "x",
    Kind.PAUSE: "s",
    Kind.STOP: "v",
    Kind.ADD: "+",
    Kind.REMOVE: "_",
    Kind.BAD_RECORD: ".",
}


def draw(report: ChaosReport, samples: Sequence[Sample], path: Path) -> None:
    """Write the picture as a PNG file.

    Args:
        report: The finished run.
        samples: What its watcher saw.
        path: Where to.
    """
    # Figures made without pyplot need no display, keep no state, and load in half the time.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    rate, lag, faults = figure.subplots(3, 1, sharex=True, height_ratios=(4, 4, 2))
    figure.suptitle(_title(report))
    _draw_rate(rate, samples)
    _draw_lag(lag, samples)
    _draw_faults(faults, report.faults)
    for axes in (rate, lag):
        _draw_outages(axes, report.faults)
    figure.savefig(path, format="png")


def _title(report: ChaosReport) -> str:
    return (
        f"{report.scenario}, seed {report.seed}: {report.comments:,} comments, {report.kills_total} kills, "
        f"{report.verdict.missing} lost, {report.verdict.conflicting} conflicting, "
        f"{report.redelivered:,} redelivered"
    )


def _draw_rate(axes: "Axes", samples: Sequence[Sample]) -> None:
    axes.plot(*measures.with_gaps(measures.throughput(samples), GAP_S), color="#1a5276", linewidth=1.2)
    axes.set_ylabel(f"outputs a second\n(over {measures.RATE_OVER_S:g} s)")
    _tidy(axes)


def _draw_lag(axes: "Axes", samples: Sequence[Sample]) -> None:
    times, values = measures.with_gaps([(each.at_s, float(each.lag)) for each in samples], GAP_S)
    axes.fill_between(times, values, color="#aed6f1")
    axes.plot(times, values, color="#2874a6", linewidth=1.0)
    axes.set_ylabel("comments waiting")
    _tidy(axes)


def _tidy(axes: "Axes") -> None:
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _draw_outages(axes: "Axes", faults: Sequence[FaultReport]) -> None:
    """Shade when the broker (red) or the service (orange) was away; workers come and go all the time."""
    for fault in faults:
        if fault.target in (BROKER, SERVICE) and fault.began_s is not None and fault.ended_s is not None:
            colour = "#c0392b" if fault.target == BROKER else "#d68910"
            # At least a hair wide, so that a kill of 0.2 s is seen in a run of an hour.
            axes.axvspan(fault.began_s, fault.ended_s, facecolor=colour, edgecolor=colour, alpha=0.25, lw=0.8)


def _draw_faults(axes: "Axes", faults: Sequence[FaultReport]) -> None:
    for kind, colour in COLOURS.items():
        of_kind = [each for each in faults if each.kind is kind and each.began_s is not None]
        style: dict[str, Any] = {"marker": MARKERS[kind], "color": colour, "s": 36}
        axes.scatter(
            [each.began_s or 0.0 for each in of_kind],
            [_row(each) for each in of_kind],
            label=f"{kind} ({len(of_kind)})",
            **style,
        )
        for each in of_kind:
            if each.for_s and each.ended_s is not None:
                axes.plot(
                    [each.began_s or 0.0, each.ended_s], [_row(each)] * 2, color=colour, lw=1.5, alpha=0.6
                )
    axes.set_yticks(range(len(ROWS)), [str(each) for each in ROWS])
    axes.set_ylim(len(ROWS) - 0.4, -0.6)
    axes.set_xlabel("seconds after the comments began; red and orange above: broker and service away")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.35), ncols=len(COLOURS), frameon=False)


def _row(fault: FaultReport) -> float:
    """Return the height of a fault's mark; workers are a little apart from each other."""
    if fault.kind is Kind.BAD_RECORD:
        return float(ROWS.index(Kind.BAD_RECORD))
    role = role_of(fault.target)
    number = int(fault.target.removeprefix(f"{WORKER}-")) if role == WORKER else 0
    return ROWS.index(role) + (0.18 * (number - 2.5) if number else 0.0)
