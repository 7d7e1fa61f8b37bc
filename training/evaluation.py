"""How good probabilities are, and how good the recipe is on comments it has not seen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score

from model_service.bundle import load_bundle
from model_service.scorer import Scorer
from training.crossing import OutOfFold
from training.data import CommentFile, sha256_of
from training.errors import TooFewCommentsError
from training.ranking import Ranked
from training.thresholds import TABLE, Choice, choices

CALIBRATION_BINS = 15
DECISION = 0.5
"""Accuracy and F1 count a comment as predicted removed above this probability."""

RESAMPLINGS = 300
PERCENTILES = (2.5, 97.5)


CALIBRATION = "expected_calibration_error"

FIGURES: dict[str, Callable[[Any, Any], float]] = {
    "roc_auc": roc_auc_score,
    "average_precision": average_precision_score,
    "accuracy": lambda truth, told: accuracy_score(truth, told > DECISION),
    "f1": lambda truth, told: f1_score(truth, told > DECISION, zero_division=0.0),
}
"""Figures that are means over folds: of what the moderators did and P(removed)."""


class Metrics(Struct, frozen=True):
    """Figures of one set of probabilities against what the moderators did."""

    roc_auc: float
    average_precision: float
    accuracy: float
    f1: float
    expected_calibration_error: float
    n: int
    intervals: dict[str, tuple[float, float]] = {}
    """By the name of a figure: between what it is for 95% of resamplings of the comments."""


def measure(removed: Sequence[bool], probabilities: NDArray[np.float64]) -> Metrics:
    """Return the metrics.

    Args:
        removed: What the moderators did; both answers have to occur.
        probabilities: (n,) float64, P(removed).
    """
    truth = np.array(removed, dtype=np.int64)
    figures: dict[str, Any] = {name: float(figure(truth, probabilities)) for name, figure in FIGURES.items()}
    return Metrics(
        expected_calibration_error=expected_calibration_error(truth, probabilities),
        n=len(truth),
        **figures,
    )


def figures(metrics: Metrics) -> str:
    """Return the metrics in one line, for people."""
    told = {name: f"{getattr(metrics, name):.3f}" for name in (*FIGURES, CALIBRATION)}
    for name, (low, high) in metrics.intervals.items():
        told[name] += f" ({low:.3f} to {high:.3f})"
    return (
        f"ROC AUC {told['roc_auc']}, average precision {told['average_precision']}, "
        f"accuracy {told['accuracy']}, F1 {told['f1']}, expected calibration error {told[CALIBRATION]}"
    )


class Evaluation(NamedTuple):
    """How a bundle does on a labelled file."""

    metrics: Metrics
    choices: list[Choice]
    """What each of some thresholds would give, the bundle's own among them."""
    names: dict[str, float]
    """The bundle's thresholds."""
    learnt_from: bool
    """Whether it is the file that the bundle's model has learnt from."""
    bad_count: int
    """Rows that were no comments."""


def evaluate(model: Path, data: Path) -> Evaluation:
    """Score a labelled file with a bundle, as the service would.

    Raises:
        BundleError: If there is no usable bundle.
        DataError: If the file cannot be used, or has comments of one kind alone.
    """
    bundle = load_bundle(model)
    scorer = Scorer(bundle.weights)
    file = CommentFile(data, labelled=True)
    rows = list(file)
    removed = [bool(row.removed) for row in rows]
    if all(removed) or not any(removed):
        raise TooFewCommentsError(str(data), len(removed) - sum(removed), sum(removed), 1, file.first_bad)
    probabilities = scorer.probabilities([row.body for row in rows])[:, 1]
    names = bundle.manifest.thresholds
    thresholds = sorted({*TABLE, *names.values()})
    return Evaluation(
        measure(removed, probabilities),
        choices(removed, probabilities, thresholds),
        names,
        sha256_of(data) == bundle.manifest.data.sha256,
        file.bad_count,
    )


def expected_calibration_error(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    """Return the mean distance between what was predicted and what happened, over equal-width bins.

    Each bin's |mean probability - share removed|, weighted by its comments: Naeini, Cooper and Hauskrecht,
    "Obtaining Well Calibrated Probabilities Using Bayesian Binning" (AAAI 2015), for a binary outcome.

    Args:
        truth: (n,) int64, 1 where removed.
        probabilities: (n,) float64 in [0, 1].
    """
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=probabilities - truth, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def over_folds(removed: Sequence[bool], crossed: OutOfFold) -> Metrics:
    """Return the metrics of a cross-validation, with intervals.

    The calibration error is that of all folds together: in a fifth of the comments chance alone makes one of
    0.03. All others are means over the folds; one that has comments of one kind alone is left out. The
    intervals are percentiles of bootstrap resamplings (Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993), drawn the same way each time.
    """
    truth, told = np.array(removed, dtype=bool), crossed.probabilities
    folds = [crossed.fold == number for number in np.unique(crossed.fold)]
    folds = [fold for fold in folds if truth[fold].any() and not truth[fold].all()]
    figures: dict[str, Any] = {
        name: float(np.mean([figure(truth[fold], told[fold]) for fold in folds]))
        for name, figure in FIGURES.items()
    }
    drawn = np.random.default_rng(0).multinomial(len(truth), np.full(len(truth), 1 / len(truth)), RESAMPLINGS)
    ranked = [Ranked.of(truth[fold], told[fold], drawn[:, fold].astype(np.float64)) for fold in folds]
    resampled = {
        "roc_auc": np.mean([each.roc_auc() for each in ranked], axis=0),
        "average_precision": np.mean([each.average_precision() for each in ranked], axis=0),
        CALIBRATION: [
            expected_calibration_error(np.repeat(truth, often).astype(np.int64), np.repeat(told, often))
            for often in drawn
        ],
    }
    return Metrics(
        **figures,
        expected_calibration_error=expected_calibration_error(truth.astype(np.int64), told),
        n=len(truth),
        intervals={name: _interval(values) for name, values in resampled.items()},
    )


def _interval(values: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, PERCENTILES).tolist()
    return low, high
