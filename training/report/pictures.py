"""The report's pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.report.bias import Shift
from training.report.drawing import GRID, INK, KEPT, OURS, PAPER, REMOVED, TALK, draw, title
from training.report.facts import Interval, LearningPoint, Standing, Told
from training.report.quality import Bin, Quality, precision_recall, reliability, roc
from training.report.wording import counted, figure, shown, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

ROW = 0.2
"""Inches of a row of bars or dots."""

LONGEST_LABEL = 26
"""Characters of a word or a name that a picture has room for."""

DASHED: dict[str, Any] = {"color": TALK, "linestyle": (0, (5, 2)), "linewidth": 1.8}
SOLID: dict[str, Any] = {"color": OURS, "linewidth": 1.8}
CHANCE: dict[str, Any] = {"color": INK, "linestyle": ":", "linewidth": 1.0}


def lengths(told: Told) -> str:
    """Draw how long kept and removed comments are."""
    characters = np.array([max(len(text), 1) for text in told.texts])
    parts = [
        (name, np.log10(characters[inside]), colour)
        for name, inside, colour in (("kept", ~told.removed, KEPT), ("removed", told.removed, REMOVED))
        if inside.any()
    ]

    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        for place, (_, logs, colour) in enumerate(parts):
            drawn: Any = axes.violinplot([logs], [place], widths=0.8, showextrema=False)
            drawn["bodies"][0].set(facecolor=colour, edgecolor=INK, alpha=0.75, linewidth=0.8)
            low, middle, high = np.percentile(logs, (25, 50, 75))
            axes.vlines(place, low, high, color=INK, linewidth=5)
            axes.plot([place], [middle], "o", color=PAPER, markersize=4, markeredgecolor=INK)
        axes.set_xticks(range(len(parts)), [f"{name}\n({len(logs):,})" for name, logs, _ in parts])
        axes.yaxis.set_major_formatter(lambda power, _: f"{10**power:,.0f}")
        axes.yaxis.set_major_locator(_powers(axes))
        axes.set_ylabel("characters (log scale)")
        axes.set_xlabel("what moderators did (comments)")
        axes.grid(visible=False, axis="x")
        title(picture, "Length of comments")

    medians = ", ".join(f"{name} {10 ** np.median(logs):,.0f}" for name, logs, _ in parts)
    return draw("lengths", f"Violin plot of comment lengths; medians in characters: {medians}.", paint)


def _powers(axes: "Axes") -> "Locator":
    """Return ticks at 1, 3, 10, 30 and so on, or any where two of these are not in sight."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    low, high = axes.get_ylim()
    steps = [float(np.log10(digit)) + power for power in range(9) for digit in (1, 3)]
    inside = [each for each in steps if low <= each <= high]
    return FixedLocator(inside) if len(inside) > 1 else MaxNLocator(4)


def roc_curves(told: Told, ours: Quality, talk: Quality) -> str:
    """Draw the ROC curves of the recipe and the talk's."""

    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        for probabilities, style, label in (
            (told.talk, DASHED, f"talk's recipe, AUC {figure(talk.roc_auc)}"),
            (told.probabilities, SOLID, f"this model, AUC {figure(ours.roc_auc)}"),
        ):
            axes.plot(*roc(told.removed, probabilities), label=label, **style)
        axes.plot([0, 1], [0, 1], label="by chance, AUC 0.500", **CHANCE)
        _square(axes)
        axes.set_xlabel("share of kept comments with an alert")
        axes.set_ylabel("share of removed found")
        axes.legend(loc="lower right")
        title(picture, "ROC: found over false alerts")

    alt = (
        f"ROC curves: AUC {figure(ours.roc_auc)} of this model, {figure(talk.roc_auc)} of the talk's recipe."
    )
    return draw("roc", alt, paint, 3.8)


def precision_recall_curves(told: Told, ours: Quality, talk: Quality) -> str:
    """Draw the precision-recall curves of the recipe and the talk's."""
    share = float(np.mean(told.removed))

    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        for probabilities, style, label in (
            (told.talk, DASHED, f"talk's recipe, AP {figure(talk.average_precision)}"),
            (told.probabilities, SOLID, f"this model, AP {figure(ours.average_precision)}"),
        ):
            axes.plot(*precision_recall(told.removed, probabilities), label=label, **style)
        axes.axhline(share, label=f"by chance, AP {figure(share)}", **CHANCE)
        _square(axes)
        axes.set_xlabel("recall: share of removed found")
        axes.set_ylabel("precision: share of alerts right")
        axes.legend(loc="lower left")
        title(picture, "Precision over recall")

    alt = (
        f"Precision-recall curves: average precision {figure(ours.average_precision)} of this model, "
        f"{figure(talk.average_precision)} of the talk's recipe, {figure(share)} by chance."
    )
    return draw("precision-recall", alt, paint, 3.8)


def reliability_plot(told: Told, ours: Quality, talk: Quality) -> str:
    """Draw what happened over what was predicted, and how often each was predicted."""

    def paint(picture: "Figure") -> None:
        above, below = picture.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot([0, 1], [0, 1], label="as predicted", **CHANCE)
        for probabilities, style, marker, label in (
            (told.talk, DASHED, "s", f"talk's recipe, error {figure(talk.calibration_error)}"),
            (told.probabilities, SOLID, "o", f"this model, error {figure(ours.calibration_error)}"),
        ):
            _bins(above, reliability(told.removed, probabilities), style, marker, label)
            below.hist(probabilities, bins=np.linspace(0, 1, 31).tolist(), histtype="step", **style)
        above.set_ylim(-0.02, 1.02)
        above.set_xlim(-0.02, 1.02)
        above.set_ylabel("share removed")
        above.legend(loc="upper left")
        below.set_ylabel("comments")
        below.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
        below.set_xlabel("predicted probability of removal")
        title(picture, "Reliability: predicted and happened")

    alt = (
        f"Reliability plot with a histogram of scores: expected calibration error of this model "
        f"{figure(ours.calibration_error)}, of the talk's recipe {figure(talk.calibration_error)}."
    )
    return draw("reliability", alt, paint, 4.4)


def _bins(axes: "Axes", bins: Sequence[Bin], style: dict[str, Any], marker: str, label: str) -> None:
    shares = np.array([each.removed.share for each in bins])
    ends = np.array([[each.removed.low for each in bins], [each.removed.high for each in bins]])
    axes.errorbar(
        [each.mean for each in bins],
        shares,
        np.abs(ends - shares),
        marker=marker,
        markersize=4,
        elinewidth=0.9,
        capsize=2,
        label=label,
        **style,
    )


def standings(leaderboard: Sequence[Standing]) -> list[str]:
    """Draw how the recipes did, with intervals; nothing without any."""
    if not leaderboard:
        return []
    return [
        _dots("board-roc", "ROC AUC", [(each, each.roc_auc) for each in leaderboard]),
        _dots("board-ap", "Average precision", [(each, each.average_precision) for each in leaderboard]),
    ]


def _dots(name: str, what: str, rows: Sequence[tuple[Standing, Interval]]) -> str:
    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        for place, (standing, each) in enumerate(rows):
            colour, marker = (OURS, "D") if standing.chosen else (INK, "o")
            axes.hlines(place, each.low, each.high, color=colour, linewidth=1.6)
            axes.plot([each.mean], [place], marker, color=colour, markersize=6)
        _rows(axes, [_label(standing.name) for standing, _ in rows])
        axes.margins(x=0.08)
        axes.set_xlabel("mean and interval")
        title(picture, f"{what} of the recipes")

    listed = ", ".join(f"{shown(standing.name)} {figure(each.mean)}" for standing, each in rows)
    return draw(name, f"Dot plot of {what} with intervals: {listed}.", paint, _height(len(rows), 0.28))


def learning_curve(points: Sequence[LearningPoint]) -> list[str]:
    """Draw how much more comments help; nothing without points."""
    if not points:
        return []
    comments = [each.comments for each in points]

    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        areas, precisions = [each.roc_auc for each in points], [each.average_precision for each in points]
        axes.plot(comments, areas, "o-", label="ROC AUC", **SOLID)
        axes.plot(comments, precisions, "s", label="average precision", **{**DASHED, "color": REMOVED})
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
        axes.set_xlabel("comments learnt from")
        axes.set_ylabel("figure (0 to 1)")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        title(picture, "Learning curve")

    first, last = points[0], points[-1]
    alt = (
        f"Learning curve: ROC AUC {figure(first.roc_auc)} from {counted(first.comments, 'comment')}, "
        f"{figure(last.roc_auc)} from {last.comments:,}."
    )
    return [draw("learning", alt, paint)]


def words(name: str, what: str, weights: Sequence[tuple[str, float]], colour: str) -> list[str]:
    """Draw words and phrases with their weights, the strongest on top; nothing without any."""
    if not weights:
        return []

    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        axes.barh(range(len(weights)), [abs(weight) for _, weight in weights], color=colour, height=0.75)
        _rows(axes, [_label(word) for word, _ in weights])
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("weight (log-odds), without its sign")
        title(picture, what)

    listed = ", ".join(f"{shown(word)} {signed(weight)}" for word, weight in weights)
    return [draw(name, f"{what}: {listed}.", paint, _height(len(weights), ROW))]


def shift_plot(shifts: Sequence[Shift]) -> str:
    """Draw each term's shift and its range over the templates."""

    def paint(picture: "Figure") -> None:
        axes = picture.subplots()
        axes.axvline(0, color=INK, linewidth=1.0)
        rows = range(len(shifts))
        axes.hlines(rows, [each.low for each in shifts], [each.high for each in shifts], GRID, linewidth=4)
        for stricter, colour, marker in ((True, REMOVED, "o"), (False, OURS, "D")):
            places = [place for place in rows if (shifts[place].mean > 0) is stricter]
            means = [shifts[place].mean for place in places]
            axes.plot(means, places, marker, color=colour, markersize=5)
        _rows(axes, [each.term for each in shifts])
        axes.margins(x=0.05)
        axes.set_xlabel("shift of the log-odds (bar: range over sentences)")
        title(picture, "Shift by a word for who people are")

    strictest, mildest = shifts[0], shifts[-1]
    alt = (
        f"Dot plot of {counted(len(shifts), 'shift')}: from {signed(strictest.mean)} "
        f"({strictest.term}) to {signed(mildest.mean)} ({mildest.term})."
    )
    return draw("shifts", alt, paint, _height(len(shifts), 0.18))


def _rows(axes: "Axes", labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _height(rows: int, inches: float) -> float:
    return 1.1 + inches * rows


def _label(text: str) -> str:
    label = shown(text)
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _square(axes: "Axes") -> None:
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.02)
