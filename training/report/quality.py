"""How good probabilities are, in the figures that head the report."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from training.evaluation import CALIBRATION_BINS, DECISION, expected_calibration_error
from training.thresholds import Choice, Share, choices, share_of

MOST_POINTS = 400
"""A curve has no more of them: a picture has no room for 5,000."""


class Quality(NamedTuple):
    """Figures of out-of-fold probabilities."""

    roc_auc: float
    """Mean over the folds, as in the bundle's `cross_validation`."""
    average_precision: float
    """Mean over the folds."""
    calibration_error: float
    """Of all folds together: in one fold a bin has too few comments."""
    roc_auc_of_fold: tuple[float, ...]
    at_default: Choice
    """What alerts above one half are like."""


def quality(
    removed: NDArray[np.bool_], probabilities: NDArray[np.float64], fold: NDArray[np.int64]
) -> Quality:
    """Return the figures; a fold with comments of one kind alone ranks nothing and is left out of the means.

    Args:
        removed: (n,) bool; both answers occur.
        probabilities: (n,) float64, P(removed).
        fold: (n,) int64, the fold that each comment was scored in.
    """
    inside = [fold == number for number in np.unique(fold)]
    ranked = [each for each in inside if removed[each].any() and not removed[each].all()]
    ranked = ranked or [np.ones(len(removed), dtype=bool)]
    areas = tuple(float(roc_auc_score(removed[each], probabilities[each])) for each in ranked)
    precisions = [average_precision_score(removed[each], probabilities[each]) for each in ranked]
    return Quality(
        roc_auc=float(np.mean(areas)),
        average_precision=float(np.mean(precisions)),
        calibration_error=expected_calibration_error(removed.astype(np.int64), probabilities),
        roc_auc_of_fold=areas,
        at_default=choices(removed.tolist(), probabilities, [DECISION])[0],
    )


class Curve(NamedTuple):
    """Points of a curve, in the order they are drawn."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]


def roc(removed: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> Curve:
    """Return the share of removed comments above each threshold over that of kept ones."""
    false_alarms, found, _ = roc_curve(removed, probabilities)
    return _thinned(false_alarms, found)


def precision_recall(removed: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> Curve:
    """Return the precision of each threshold over its recall, the highest threshold first."""
    precision, recall, _ = precision_recall_curve(removed, probabilities)
    return _thinned(recall[::-1], precision[::-1])


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> Curve:
    places = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(np.int64))
    return Curve(x[places], y[places])


class Bin(NamedTuple):
    """The comments whose probabilities lie between two values."""

    mean: float
    """Of their probabilities."""
    comments: int
    removed: Share


def reliability(removed: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> list[Bin]:
    """Return the bins of the expected calibration error, lowest first; empty ones are left out."""
    places = np.minimum((probabilities * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    found = []
    for place in np.unique(places):
        inside = places == place
        share = share_of(int(np.sum(removed[inside])), int(np.sum(inside)))
        assert share is not None
        found.append(Bin(float(np.mean(probabilities[inside])), int(np.sum(inside)), share))
    return found
