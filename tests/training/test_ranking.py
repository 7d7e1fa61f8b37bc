"""The figures of many weightings, against scikit-learn's of each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from training.ranking import Ranked

rows = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.integers(0, 3)),
    min_size=2,
    max_size=30,
).filter(lambda found: len({removed for removed, _, weight in found if weight}) == 2)


@given(rows)
def test_figures_are_scikit_learns(found: list[tuple[bool, float, int]]) -> None:
    removed, told, weights = (np.array(column) for column in zip(*found, strict=True))
    ranked = Ranked.of(removed, told, np.array([weights, np.ones(len(found))], dtype=np.float64))
    for at, weighting in enumerate((weights, None)):
        auc = roc_auc_score(removed, told, sample_weight=weighting)
        assert ranked.roc_auc()[at] == pytest.approx(auc)
        precision = average_precision_score(removed, told, sample_weight=weighting)
        assert ranked.average_precision()[at] == pytest.approx(precision)


def test_weighting_of_one_kind_alone_has_no_figure() -> None:
    ranked = Ranked.of(np.array([True, False]), np.array([0.9, 0.1]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert np.isnan(ranked.roc_auc()).all()
    assert np.isnan(ranked.average_precision()).tolist() == [False, True]
