"""The metrics, against plain formulas."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import evaluation
from training.errors import TooFewCommentsError
from training.evaluation import (
    CALIBRATION_BINS,
    Metrics,
    expected_calibration_error,
    measure,
)

answers = st.lists(
    st.tuples(st.booleans(), st.one_of(st.sampled_from([0.0, 0.2, 0.5, 1.0]), st.floats(0, 1))),
    min_size=2,
    max_size=40,
).filter(lambda pairs: len({removed for removed, _ in pairs}) == 2)


def plain_roc_auc(pairs: list[tuple[bool, float]]) -> float:
    """Return how often a removed comment is ranked above a kept one; a tie is half."""
    kept = [score for removed, score in pairs if not removed]
    removed = [score for removed, score in pairs if removed]
    wins = sum((r > k) + (r == k) / 2 for r in removed for k in kept)
    return wins / (len(kept) * len(removed))


def plain_average_precision(pairs: list[tuple[bool, float]]) -> float:
    """Return the mean, over the removed comments, of the precision at their score."""
    at = [[r for r, s in pairs if s >= score] for removed, score in pairs if removed]
    return sum(sum(taken) / len(taken) for taken in at) / len(at)


def plain_calibration_error(pairs: list[tuple[bool, float]]) -> float:
    total = 0.0
    for number in range(CALIBRATION_BINS):
        low, high = number / CALIBRATION_BINS, (number + 1) / CALIBRATION_BINS
        inside = [(r, s) for r, s in pairs if low <= s < high or (s == 1 and high == 1)]
        if inside:
            share = sum(r for r, _ in inside) / len(inside)
            mean = sum(s for _, s in inside) / len(inside)
            total += len(inside) * abs(mean - share)
    return total / len(pairs)


def on_no_edge(pairs: list[tuple[bool, float]]) -> bool:
    """Tell whether no score lies so near a bin's edge that rounding says on which side."""
    scaled = [score * CALIBRATION_BINS for _, score in pairs]
    return all(s in {0, CALIBRATION_BINS} or abs(s - round(s)) > 1e-9 for s in scaled)


@given(answers)
def test_metrics_are_the_plain_formulas(pairs: list[tuple[bool, float]]) -> None:
    removed, scores = [r for r, _ in pairs], np.array([s for _, s in pairs])
    found = measure(removed, scores)
    decided = [s > 0.5 for s in scores]
    right = sum(r and d for r, d in zip(removed, decided, strict=True))
    assert found.n == len(pairs)
    assert math.isclose(found.roc_auc, plain_roc_auc(pairs), abs_tol=1e-9)
    assert math.isclose(found.average_precision, plain_average_precision(pairs), abs_tol=1e-9)
    assert math.isclose(found.accuracy, np.mean([r == d for r, d in zip(removed, decided, strict=True)]))
    assert math.isclose(found.f1, 2 * right / (sum(removed) + sum(decided)))


@given(answers.filter(on_no_edge))
def test_calibration_error_is_the_plain_count(pairs: list[tuple[bool, float]]) -> None:
    truth, scores = np.array([int(r) for r, _ in pairs]), np.array([s for _, s in pairs])
    assert math.isclose(
        expected_calibration_error(truth, scores), plain_calibration_error(pairs), abs_tol=1e-9
    )


@pytest.mark.parametrize(
    ("removed", "scores", "error"),
    [
        pytest.param([1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], 0.0, id="sure-and-right"),
        pytest.param([0, 0, 1, 1], [1.0, 1.0, 0.0, 0.0], 1.0, id="sure-and-wrong"),
        pytest.param([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.0, id="unsure-and-half-right"),
        pytest.param([1, 1, 1, 1], [0.9, 0.9, 0.9, 0.9], 0.1, id="a-little-too-modest"),
        pytest.param([1, 0], [0.41, 0.45], 0.07, id="one-bin"),
        pytest.param([1, 0], [0.41, 0.55], 0.57, id="two-bins"),
    ],
)
def test_calibration_error_of_plain_cases(removed: list[int], scores: list[float], error: float) -> None:
    assert math.isclose(expected_calibration_error(np.array(removed), np.array(scores)), error, abs_tol=1e-12)


def test_a_half_is_not_yet_removed() -> None:
    assert measure([True, False], np.array([0.5, 0.5])).accuracy == 0.5
    assert measure([True, False], np.array([0.5, 0.5])).f1 == 0.0


def test_figures_are_one_line() -> None:
    line = evaluation.figures(Metrics(0.768, 0.591, 0.7274, 0.5, 0.04, 100))
    assert line.startswith("ROC AUC 0.768, average precision 0.591, accuracy 0.727, ")
    assert "\n" not in line


def test_bundle_is_measured_on_a_file(tmp_path: Path) -> None:
    from model_service.settings import BASELINE

    data = tmp_path / "data.csv"
    data.write_text("id,body,removed\n1,You are an idiot,1\n2,A peer-reviewed study,0\n3,x,maybe\n")
    found = evaluation.evaluate(BASELINE, data)
    assert (found.metrics.n, found.bad_count) == (2, 1)
    assert {0.1, 0.9, *found.names.values()} <= {each.threshold for each in found.choices}
    assert sorted({each.alerts_per_1000 for each in found.choices}) <= [0.0, 500.0, 1_000.0]
    data.write_text("id,body,removed\n1,a,1\n2,b,1\n")
    with pytest.raises(TooFewCommentsError, match="0 kept and 2 removed"):
        evaluation.evaluate(BASELINE, data)
