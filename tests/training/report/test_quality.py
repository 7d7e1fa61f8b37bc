"""The figures and curves, against plain counts."""

import numpy as np
import pytest

from tests.training.report.told import make_told
from training.evaluation import expected_calibration_error, measure
from training.report.quality import MOST_POINTS, precision_recall, quality, reliability, roc


def test_figures_are_those_of_the_bundles_cross_validation() -> None:
    told = make_told()
    found = quality(told.removed, told.probabilities, told.fold)
    folds = [told.fold == number for number in range(5)]
    metrics = [measure(told.removed[each].tolist(), told.probabilities[each]) for each in folds]
    assert found.roc_auc == pytest.approx(np.mean([each.roc_auc for each in metrics]))
    assert found.average_precision == pytest.approx(np.mean([each.average_precision for each in metrics]))
    assert len(found.roc_auc_of_fold) == 5


def test_fold_of_one_kind_is_left_out_of_the_means() -> None:
    removed = np.array([True, False, False, False])
    found = quality(removed, np.array([0.9, 0.1, 0.9, 0.9]), np.array([0, 0, 1, 1]))
    assert found.roc_auc_of_fold == (1.0,)


def test_folds_that_all_are_of_one_kind_are_taken_together() -> None:
    found = quality(np.array([True, False]), np.array([0.9, 0.1]), np.array([0, 1]))
    assert found.roc_auc == 1.0


def test_bins_add_up_to_the_calibration_error() -> None:
    told = make_told()
    bins = reliability(told.removed, told.probabilities)
    assert sum(each.comments for each in bins) == len(told.removed)
    gaps = [each.comments * abs(each.mean - each.removed.share) for each in bins]
    expected = expected_calibration_error(told.removed.astype(np.int64), told.probabilities)
    assert sum(gaps) / len(told.removed) == pytest.approx(expected)


def test_bins_begin_at_fifteenths() -> None:
    [low, high] = reliability(np.array([False, True, True]), np.array([0.05, 0.95, 1.0]))
    assert (low.mean, low.comments, low.removed.share) == (0.05, 1, 0.0)
    assert (high.mean, high.comments, high.removed.share) == pytest.approx((0.975, 2, 1.0))


def test_curves_have_their_ends_and_no_more_points_than_are_seen() -> None:
    rng = np.random.default_rng(1)
    removed, probabilities = rng.random(3_000) < 0.3, rng.random(3_000)
    curve = roc(removed, probabilities)
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    other = precision_recall(removed, probabilities)
    assert (other.x[0], other.x[-1]) == (0, 1)
    assert len(curve.x) <= MOST_POINTS and len(other.x) <= MOST_POINTS
