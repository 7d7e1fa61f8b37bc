"""Compares ways to learn by nested cross-validation: settings are chosen and margins calibrated inside folds.

Comments that are nearly the same are in one outer fold, so nobody is asked what it has learnt from, and in
one of the folds that settings are chosen in. The default recipe has no settings, and calibrates itself on
folds of its own.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from model_service.scored import Scored
from training.additive import calibrated
from training.candidates import CANDIDATES, Candidate, Comments, Margins
from training.crossing import OutOfFold
from training.evaluation import CALIBRATION, Metrics, over_folds
from training.report.facts import Interval, Standing

INNER_FOLDS = 3


def leaderboard(
    texts: Sequence[str],
    removed: Sequence[bool],
    groups: NDArray[np.int64],
    recipe: str,
    folds: int,
    seed: int,
    on_step: Callable[[str], None] = lambda step: None,
) -> list[Standing]:
    """Return how each candidate does, by ROC AUC, the best first.

    Args:
        texts: The comments.
        removed: Whether each was removed.
        groups: (n,) int64, a number that nearly equal comments share.
        recipe: The one that the model is made by.
        folds: Outer ones.
        seed: Decides all folds.
        on_step: Is told what is being done.
    """
    comments, truth = Comments.read(texts), np.array(removed, dtype=np.int64)
    standings = []
    for number, candidate in enumerate(CANDIDATES, start=1):
        on_step(f"comparing {number} of {len(CANDIDATES)}: {candidate.name}")
        began_s = time.process_time()
        with threadpool_limits(1):
            metrics = _metrics_of(candidate, comments, truth, groups, folds, seed)
        standings.append(
            _standing(candidate.name, candidate.name == recipe, metrics, time.process_time() - began_s)
        )
    return sorted(standings, key=lambda standing: -standing.roc_auc.mean)


def _standing(name: str, chosen: bool, metrics: Metrics, seconds: float) -> Standing:
    return Standing(
        name=name,
        chosen=chosen,
        roc_auc=Interval(metrics.roc_auc, *metrics.intervals["roc_auc"]),
        average_precision=Interval(metrics.average_precision, *metrics.intervals["average_precision"]),
        calibration_error=getattr(metrics, CALIBRATION),
        seconds=seconds,
    )


def _metrics_of(
    candidate: Candidate,
    comments: Comments,
    removed: NDArray[np.int64],
    groups: NDArray[np.int64],
    folds: int,
    seed: int,
) -> Metrics:
    log_odds, fold = np.zeros(len(removed)), np.zeros(len(removed), dtype=np.int64)
    outer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for number, (learn, test) in enumerate(outer.split(removed, removed, groups)):
        some, truth = comments.take(learn), removed[learn]
        setting, (slope, offset) = _chosen(candidate, some, truth, groups[learn], seed)
        log_odds[test] = slope * candidate.learn(some, truth, setting)(comments.take(test)) + offset
        fold[test] = number
    nothing = np.zeros(len(removed), dtype=np.int64)
    return over_folds((removed == 1).tolist(), OutOfFold(Scored(log_odds, nothing, nothing), fold))


def _chosen(
    candidate: Candidate,
    comments: Comments,
    removed: NDArray[np.int64],
    groups: NDArray[np.int64],
    seed: int,
) -> tuple[float, tuple[float, float]]:
    """Return the setting that ranks comments best inside these, and what makes log-odds of its margins."""
    if candidate.in_log_odds:
        return candidate.settings[0], (1.0, 0.0)
    inner = list(
        StratifiedGroupKFold(INNER_FOLDS, shuffle=True, random_state=seed).split(removed, removed, groups)
    )
    told: dict[float, Margins] = {}
    for setting in candidate.settings:
        margins = np.zeros(len(removed))
        for learn, test in inner:
            learnt = candidate.learn(comments.take(learn), removed[learn], setting)
            margins[test] = learnt(comments.take(test))
        told[setting] = margins
    best = max(told, key=lambda setting: roc_auc_score(removed, told[setting]))
    return best, calibrated(told[best], removed)
