"""What heads the report: the figures beside the talk's recipe, and what each means for a moderator."""

from typing import NamedTuple

import numpy as np

from model_service.bundle import TALK
from training.evaluation import CALIBRATION
from training.report.facts import Told
from training.report.quality import Quality
from training.report.wording import NOTHING, figure, of_100, percent
from training.thresholds import Share


class Line(NamedTuple):
    """A figure of the summary."""

    name: str
    ours: str
    talk: str
    meaning: str
    interval: str = ""
    """Between what `ours` is for most resamplings of the comments; empty if nobody has looked."""


def lines(told: Told, ours: Quality, talk: Quality) -> list[Line]:
    """Return the figures, the one that matters most first."""
    share = float(np.mean(told.removed))
    return [
        Line(
            "ROC AUC",
            figure(ours.roc_auc),
            figure(talk.roc_auc),
            f"Of a removed and a kept comment, the removed one has the higher score in "
            f"{round(100 * ours.roc_auc)} of 100 pairs; 50 is chance.",
            _interval(told, "roc_auc"),
        ),
        Line(
            "Average precision",
            figure(ours.average_precision),
            figure(talk.average_precision),
            f"Reading from the highest score down, on average {round(100 * ours.average_precision)} of 100 "
            f"comments read so far should indeed go; in random order it is {round(100 * share)}.",
            _interval(told, "average_precision"),
        ),
        Line(
            "Calibration error",
            figure(ours.calibration_error),
            figure(talk.calibration_error),
            f"Read as a chance of removal, a score is off by {round(100 * ours.calibration_error)} of 100 "
            f"on average.",
            _interval(told, CALIBRATION),
        ),
        Line(
            "Precision at 0.5",
            _percent(ours.at_default.precision),
            _percent(talk.at_default.precision),
            of_100(ours.at_default),
        ),
        Line(
            "Recall at 0.5",
            _percent(ours.at_default.recall),
            _percent(talk.at_default.recall),
            f"With the talk's recipe: {_begun_small(of_100(talk.at_default))}",
        ),
    ]


def beside_the_talk(told: Told, ours: Quality, talk: Quality) -> str:
    """Return in one sentence whether the recipe is better than the talk's, fold by fold."""
    if told.manifest.recipe == TALK or np.array_equal(told.probabilities, told.talk):
        return "This is the talk's recipe, so both columns say the same."
    won = sum(a > b for a, b in zip(ours.roc_auc_of_fold, talk.roc_auc_of_fold, strict=True))
    folds = len(ours.roc_auc_of_fold)
    return f"It ranks better than the talk's recipe (a higher ROC AUC) in {won} of {folds} folds."


def _interval(told: Told, name: str) -> str:
    """Return the interval of one of the manifest's figures; bundles of other programs have none."""
    found = told.manifest.metrics.get("cross_validation", {}).get("intervals", {}).get(name)
    return "" if found is None else "–".join(map(figure, found))


def _percent(share: Share | None) -> str:
    return NOTHING if share is None else percent(share.share)


def _begun_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
