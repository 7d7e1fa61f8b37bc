"""Cross-validation asks no model about a comment that it has learnt from."""

import math

import numpy as np
import pytest

from model_service.bundle import ADDITIVE, TALK
from model_service.scored import Scored
from training.crossing import OutOfFold, folds_of, out_of_fold
from training.evaluation import expected_calibration_error, measure, over_folds
from training.recipes import RECIPES


def make_comments(count: int) -> tuple[list[str], list[bool]]:
    """Return comments that say in one word, nine times of ten, whether they were removed."""
    removed = [place % 2 == 0 for place in range(count)]
    told = [is_removed if place % 20 > 1 else not is_removed for place, is_removed in enumerate(removed)]
    return [f"so {'bad' if is_bad else 'good'} n{place % 7}" for place, is_bad in enumerate(told)], removed


def test_folds_are_stratified_and_the_seeds() -> None:
    removed = [place % 3 == 0 for place in range(120)]
    fold = folds_of(removed, 4, seed=1)
    assert np.bincount(fold).tolist() == [30, 30, 30, 30]
    assert np.bincount(fold, weights=removed).tolist() == [10, 10, 10, 10]
    assert folds_of(removed, 4, seed=1).tolist() == fold.tolist()
    assert folds_of(removed, 4, seed=2).tolist() != fold.tolist()


@pytest.mark.parametrize("recipe", [ADDITIVE, TALK])
def test_comments_are_scored_by_models_of_the_other_folds(recipe: str) -> None:
    texts, removed = make_comments(120)
    fold = folds_of(removed, 4, seed=1)
    crossed = out_of_fold(RECIPES[recipe], texts, removed, fold, 1)
    assert 0.85 <= over_folds(removed, crossed).accuracy <= 0.95
    assert crossed.scored.tokens.tolist() == [3] * 120


@pytest.mark.parametrize("recipe", [ADDITIVE, TALK])
def test_cross_validation_of_noise_finds_nothing(recipe: str) -> None:
    chance = np.random.default_rng(0)
    texts = [" ".join(f"w{word}" for word in chance.integers(0, 40, 12)) for _ in range(400)]
    removed = (chance.random(400) < 0.5).tolist()
    crossed = out_of_fold(RECIPES[recipe], texts, removed, folds_of(removed, 5, seed=0), 0)
    assert 0.4 < over_folds(removed, crossed).roc_auc < 0.6


def test_figures_are_means_over_folds_and_the_calibration_error_is_that_of_all() -> None:
    chance = np.random.default_rng(3)
    log_odds, removed = chance.normal(size=300), chance.random(300) < 0.4
    fold = np.arange(300) % 3
    crossed = OutOfFold(Scored(log_odds, fold, fold), fold)
    found = over_folds(removed.tolist(), crossed)
    parts = [
        measure(removed[fold == number].tolist(), crossed.probabilities[fold == number])
        for number in range(3)
    ]
    assert math.isclose(found.roc_auc, np.mean([part.roc_auc for part in parts]))
    assert math.isclose(found.average_precision, np.mean([part.average_precision for part in parts]))
    assert math.isclose(found.f1, np.mean([part.f1 for part in parts]))
    assert found.expected_calibration_error == expected_calibration_error(
        removed.astype(np.int64), crossed.probabilities
    )
    low, high = found.intervals["roc_auc"]
    assert low < found.roc_auc < high
    assert 0.08 < high - low < 0.2, "of 300 comments"
    assert over_folds(removed.tolist(), crossed) == found, "resampled the same way each time"
