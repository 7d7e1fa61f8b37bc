"""Thresholds, against plain counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.thresholds import FEWEST_ALERTS, TABLE, choices, recommended

scored = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)


@given(scored, st.floats(0, 1))
def test_choice_is_the_plain_count(pairs: list[tuple[bool, float]], threshold: float) -> None:
    alerts = [removed for removed, probability in pairs if probability > threshold]
    all_removed = [removed for removed, _ in pairs if removed]
    [found] = choices([removed for removed, _ in pairs], np.array([p for _, p in pairs]), [threshold])
    assert found.threshold == threshold
    assert found.alerts_per_1000 == pytest.approx(1_000 * len(alerts) / len(pairs))
    for share, part, whole in (
        (found.precision, sum(alerts), len(alerts)),
        (found.recall, sum(alerts), len(all_removed)),
    ):
        if share is None:
            assert whole == 0
        else:
            assert share.share == part / whole
            assert 0 <= share.low <= share.share <= share.high <= 1


def test_interval_is_wilsons() -> None:
    [found] = choices([True, True, True, False], np.array([0.9, 0.8, 0.1, 0.7]), [0.5])
    # 2 of 3, by hand: (2/3 + z²/6 ± z √(2/27 + z²/36)) / (1 + z²/3), z = 1.96
    assert found.precision is not None
    assert (found.precision.low, found.precision.high) == pytest.approx((0.2077, 0.9385), abs=1e-4)


def test_threshold_itself_is_no_alert() -> None:
    assert choices([True], np.array([0.5]), [0.5])[0].alerts_per_1000 == 0.0


def test_table_shows_tenths() -> None:
    found = choices([True, False], np.array([0.55, 0.25]))
    assert [each.threshold for each in found] == list(TABLE)
    assert [each.alerts_per_1000 for each in found] == [1000.0, 1000, 500, 500, 500, 0, 0, 0, 0]


def graded(count: int) -> tuple[list[bool], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return comments whose probabilities mean what they say."""
    probabilities = (np.arange(count) + 0.5) / count
    return (np.random.default_rng(1).random(count) < probabilities).tolist(), probabilities


def test_recommended_thresholds_keep_what_their_names_promise() -> None:
    removed, probabilities = graded(4_000)
    found = recommended(removed, probabilities)
    precise, nearly_all, balanced = choices(
        removed, probabilities, [found["precision-80"], found["recall-90"], found["balanced"]]
    )
    assert precise.precision is not None and precise.precision.share >= 0.8
    assert nearly_all.recall is not None and nearly_all.recall.share >= 0.9
    # Of probabilities from 0 to 1 that mean what they say: precision (1 + t) / 2, recall 1 - t², and so F1
    # (1 - t²) / (1.5 - t), which is highest where t² - 3t + 1 = 0.
    assert found["precision-80"] == pytest.approx(0.6, abs=0.05)
    assert found["recall-90"] == pytest.approx(0.1**0.5, abs=0.03)
    assert found["balanced"] == pytest.approx(0.382, abs=0.03)
    assert balanced.threshold == found["balanced"]


def test_one_step_further_breaks_the_promise() -> None:
    removed, probabilities = graded(4_000)
    found = recommended(removed, probabilities)
    lower, higher = choices(
        removed, probabilities, [found["precision-80"] - 0.001, found["recall-90"] + 0.001]
    )
    assert lower.precision is not None and lower.precision.share < 0.8
    assert higher.recall is not None and higher.recall.share < 0.9


def test_recall_that_no_threshold_has_is_left_out() -> None:
    assert "recall-90" not in recommended([True, False] * 10, np.zeros(20))


def test_precision_that_no_threshold_has_is_left_out() -> None:
    removed = [True, False] * 50
    assert set(recommended(removed, np.full(100, 0.4))) == {"balanced", "recall-90"}


def test_precision_of_few_alerts_is_not_believed() -> None:
    removed = [False] * 100 + [True] * (FEWEST_ALERTS - 1)
    probabilities = np.array([0.1] * 100 + [0.9] * (FEWEST_ALERTS - 1))
    assert "precision-80" not in recommended(removed, probabilities)
    assert "precision-80" in recommended([*removed, True], np.append(probabilities, 0.9))
