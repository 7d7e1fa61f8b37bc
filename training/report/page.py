"""The report's page, from what is told to HTML."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from training.evaluation import DECISION
from training.report import pictures, wording
from training.report.bias import Shift, alike, shifts
from training.report.drawing import KEPT, REMOVED
from training.report.facts import Told
from training.report.mistakes import duplicates, worst
from training.report.quality import quality
from training.report.slices import slices
from training.report.summary import beside_the_talk, lines
from training.thresholds import TABLE, Choice, choices

BALANCED = "balanced"
WORDS = 20
"""Strongest words that are drawn, each way."""

SHIFTS_LISTED = 12


def page(told: Told) -> str:
    """Return the report: the same text for the same facts."""
    ours = quality(told.removed, told.probabilities, told.fold)
    talk = quality(told.removed, told.talk, told.fold)
    balanced = told.manifest.thresholds.get(BALANCED, DECISION)
    moved = shifts(told.score)
    unknown = alike(moved)
    known = [each for each in moved if each not in unknown]
    against = sorted((each for each in told.strongest if each[1] > 0), key=lambda each: -each[1])[:WORDS]
    in_favour = sorted((each for each in told.strongest if each[1] < 0), key=lambda each: each[1])[:WORDS]
    return (
        _environment()
        .get_template("page.html")
        .render(
            told=told,
            manifest=told.manifest,
            lines=lines(told, ours, talk),
            beside_the_talk=beside_the_talk(told, ours, talk),
            parameters=list(flat(told.manifest.parameters)),
            lengths=pictures.lengths(told),
            duplicates=duplicates(told),
            curves=[
                pictures.roc_curves(told, ours, talk),
                pictures.precision_recall_curves(told, ours, talk),
                pictures.reliability_plot(told, ours, talk),
            ],
            thresholds=threshold_rows(told),
            standings=pictures.standings(told.leaderboard),
            learning_curve=pictures.learning_curve(told.learning_curve),
            words=[
                *pictures.words("words-for", "Speak for a removal", against, REMOVED),
                *pictures.words("words-against", "Speak for keeping", in_favour, KEPT),
            ],
            mistakes=worst(told),
            balanced=balanced,
            slices=slices(told.texts, told.removed, told.probabilities, balanced),
            shifts=sorted(known, key=lambda each: (-abs(each.mean), each.term))[:SHIFTS_LISTED],
            unknown=unknown,
            shift_plot=pictures.shift_plot(_together(known, unknown)),
        )
    )


def threshold_rows(told: Told) -> list[tuple[str, Choice]]:
    """Return what each threshold gives, those with names among the usual ones, lowest first."""
    names: dict[float, list[str]] = {threshold: [] for threshold in TABLE}
    for name, threshold in sorted(told.manifest.thresholds.items()):
        names.setdefault(threshold, []).append(name)
    found = choices(told.removed.tolist(), told.probabilities, sorted(names))
    return [(", ".join(names[each.threshold]), each) for each in found]


def flat(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each parameter's name, with dots between levels, and its value."""
    for name, value in sorted(parameters.items()):
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def _together(known: list[Shift], unknown: list[Shift]) -> list[Shift]:
    """Return the shifts to draw, the strictest first: one for all unknown terms."""
    name = wording.counted(len(unknown), "unknown word")
    one = [msgspec.structs.replace(each, term=name) for each in unknown[:1]]
    return sorted([*known, *one], key=lambda each: (-each.mean, each.term))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("training.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "counted": wording.counted,
        "figure": wording.figure,
        "odds": lambda shift: f"× {math.exp(shift):.2f}",
        "percent": wording.percent,
        "signed": wording.signed,
    }
    return environment


def _shown(value: Any) -> Any:
    """Return what a template prints; text of ours is Markup, all other may be anybody's."""
    return wording.shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
