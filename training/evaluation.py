"""How good probabilities are, and how good the recipe is on comments it has not seen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from model_service.bundle import load_bundle
from model_service.scorer import Scorer
from training import pipeline
from training.data import CommentFile
from training.errors import TooFewCommentsError
from training.thresholds import Choice, choices

CALIBRATION_BINS = 15
DECISION = 0.5
"""Accuracy and F1 count a comment as predicted removed above this probability."""

BOTH = 2
"""Kinds of comments that ranking one above the other takes."""


class Metrics(Struct, frozen=True):
    """Figures of one set of probabilities against what the moderators did."""

    roc_auc: float
    average_precision: float
    accuracy: float
    f1: float
    expected_calibration_error: float
    n: int


def measure(removed: Sequence[bool], probabilities: NDArray[np.float64]) -> Metrics:
    """Return the metrics.

    Args:
        removed: What the moderators did; both answers have to occur.
        probabilities: (n,) float64, P(removed).
    """
    truth = np.array(removed, dtype=np.int64)
    decided = probabilities > DECISION
    return Metrics(
        roc_auc=float(roc_auc_score(truth, probabilities)),
        average_precision=float(average_precision_score(truth, probabilities)),
        accuracy=float(accuracy_score(truth, decided)),
        f1=float(f1_score(truth, decided, zero_division=0.0)),
        expected_calibration_error=expected_calibration_error(truth, probabilities),
        n=len(truth),
    )


def figures(metrics: Metrics) -> str:
    """Return the metrics in one line, for people."""
    return (
        f"ROC AUC {metrics.roc_auc:.3f}, average precision {metrics.average_precision:.3f}, "
        f"accuracy {metrics.accuracy:.3f}, F1 {metrics.f1:.3f}, "
        f"expected calibration error {metrics.expected_calibration_error:.3f}"
    )


class Evaluation(NamedTuple):
    """How a bundle does on a labelled file."""

    metrics: Metrics
    choices: list[Choice]
    """What each of some thresholds would give."""
    bad_count: int
    """Rows that were no comments."""


def evaluate(model: Path, data: Path) -> Evaluation:
    """Score a labelled file with a bundle, as the service would.

    Raises:
        BundleError: If there is no usable bundle.
        DataError: If the file cannot be used, or has comments of one kind alone.
    """
    scorer = Scorer(load_bundle(model).weights)
    file = CommentFile(data, labelled=True)
    rows = list(file)
    removed = [bool(row.removed) for row in rows]
    if len(set(removed)) < BOTH:
        raise TooFewCommentsError(str(data), len(removed) - sum(removed), sum(removed), 1)
    probabilities = scorer.probabilities(pipeline.tokens_of(row.body for row in rows))[:, 1]
    return Evaluation(measure(removed, probabilities), choices(removed, probabilities), file.bad_count)


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


class OutOfFold(NamedTuple):
    """What models say of comments that they have not learnt from."""

    probabilities: NDArray[np.float64]
    """(n,) float64, P(removed)."""
    fold: NDArray[np.int64]
    """(n,) int64, which model said it."""


def out_of_fold(
    tokens: Sequence[Sequence[str]],
    removed: Sequence[bool],
    folds: int,
    seed: int,
    on_fold: Callable[[int], None] = lambda done: None,
) -> OutOfFold:
    """Return the recipe's probabilities over stratified, shuffled folds, each from a model without it."""
    truth = np.array(removed, dtype=bool)
    probabilities = np.zeros(len(truth))
    fold = np.zeros(len(truth), dtype=np.int64)
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(truth)), truth)
    for number, (learn, test) in enumerate(splits):
        model = pipeline.fit([tokens[i] for i in learn], truth[learn].tolist(), seed)
        probabilities[test] = model.probabilities([tokens[i] for i in test])
        fold[test] = number
        on_fold(1)
    return OutOfFold(probabilities, fold)


def mean_over_folds(removed: Sequence[bool], crossed: OutOfFold) -> Metrics:
    """Return the means of the metrics of each fold."""
    truth = np.array(removed, dtype=bool)
    found = [
        measure(truth[crossed.fold == number].tolist(), crossed.probabilities[crossed.fold == number])
        for number in np.unique(crossed.fold)
    ]
    means = {
        name: float(np.mean([getattr(each, name) for each in found]))
        for name in Metrics.__struct_fields__
        if name != "n"
    }
    return Metrics(**means, n=len(truth))
