"""How much more comments help is measured on comments that no point has learnt from."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from model_service.bundle import ADDITIVE, TALK
from model_service.scorer import Scorer
from training.crossing import folds_of
from training.learning_curve import FEWEST_OF_EACH, FOLDS, learning_curve
from training.recipes import RECIPES

SEED = 3


def make_comments(count: int) -> tuple[list[str], list[bool]]:
    """Return comments that say in one word, nine times of ten, whether they were removed."""
    removed = [place % 2 == 0 for place in range(count)]
    told = [is_removed if place % 20 > 1 else not is_removed for place, is_removed in enumerate(removed)]
    return [f"so {'bad' if is_bad else 'good'} n{place % 7}" for place, is_bad in enumerate(told)], removed


@pytest.mark.parametrize("recipe", [ADDITIVE, TALK])
def test_points_ascend_to_two_thirds_of_the_comments(recipe: str) -> None:
    texts, removed = make_comments(240)
    points = learning_curve(RECIPES[recipe], texts, removed, SEED)
    assert [each.comments for each in points] == [32, 64, 112, 160], "a tenth is too few"
    assert all(0.5 < each.roc_auc <= 1 and 0.5 < each.average_precision <= 1 for each in points)


def test_last_point_is_the_model_of_all_comments_that_are_not_measured_on() -> None:
    texts, removed = make_comments(300)
    truth, fold, recipe = np.array(removed), folds_of(removed, FOLDS, SEED), RECIPES[TALK]
    learn, test = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    # What is learnt from is in the curve's order: with that, the figures are the same to the last digit.
    order = np.random.default_rng(SEED).permutation(learn)
    model = recipe.fit(recipe.read(texts).take(order), truth[order].tolist(), SEED)
    told = Scorer(model.weights).score([texts[at] for at in test]).removed
    last = learning_curve(recipe, texts, removed, SEED)[-1]
    assert last.comments == len(learn)
    assert last.roc_auc == pytest.approx(roc_auc_score(truth[test], told), abs=1e-12)
    assert last.average_precision == pytest.approx(average_precision_score(truth[test], told), abs=1e-12)


def test_same_seed_gives_the_same_points() -> None:
    texts, removed = make_comments(200)
    first, again = (learning_curve(RECIPES[TALK], texts, removed, SEED) for _ in range(2))
    assert first == again


def test_shares_with_too_few_comments_of_a_kind_are_left_out() -> None:
    texts, _ = make_comments(300)
    removed = [place % 10 == 0 for place in range(300)]  # 20 of 200 to learn from
    points = learning_curve(RECIPES[TALK], texts, removed, SEED)
    assert points
    assert min(each.comments for each in points) >= 100 - FEWEST_OF_EACH
    assert points[-1].comments == 200


def test_too_few_comments_have_no_curve() -> None:
    texts, removed = make_comments(24)
    assert learning_curve(RECIPES[TALK], texts, removed, SEED) == []
