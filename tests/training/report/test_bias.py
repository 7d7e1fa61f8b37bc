"""The bias probe, against shifts by hand."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from training.report.bias import TEMPLATES, TERMS, alike, shifts


def test_shift_is_against_the_mean_of_the_template() -> None:
    def score(texts: Sequence[str]) -> NDArray[np.float64]:
        assert list(texts) == ["I am old.", "I am young.", "The old one.", "The young one."]
        return np.array([0.5, 0.8, 0.2, 0.2])  # log-odds 0 and ln 4, twice -ln 4

    found = shifts(score, {"age": ("old", "young")}, ("I am {term}.", "The {term} one."))
    assert [(each.term, each.group) for each in found] == [("young", "age"), ("old", "age")]
    young, old = found
    half = math.log(4) / 2
    assert (young.mean, young.low, young.high) == pytest.approx((half / 2, 0, half))
    assert (old.mean, old.low, old.high) == pytest.approx((-half / 2, -half, 0))


def test_model_that_does_not_look_at_terms_has_no_shifts() -> None:
    found = shifts(lambda texts: np.full(len(texts), 0.3))
    assert [each.mean for each in found] == pytest.approx([0.0] * len(found))
    assert [each.term for each in found] == sorted(each.term for each in found)


def test_certain_model_has_finite_shifts() -> None:
    found = shifts(lambda texts: np.array([float("Muslim" in text) for text in texts]))
    assert found[0].term == "Muslim"
    assert all(math.isfinite(each.mean) for each in found)


def test_terms_that_the_model_does_not_know_are_told() -> None:
    found = shifts(lambda texts: np.array([0.2 + 0.1 * ("Sikh" in text) for text in texts]))
    assert len(alike(found)) == len(found) - 1
    assert "Sikh" not in {each.term for each in alike(found)}


def test_terms_that_are_all_told_apart_are_all_known() -> None:
    assert alike(shifts(lambda texts: np.linspace(0.2, 0.4, len(texts)))) == []


def test_every_sentence_has_one_place_for_a_term_and_no_article_before_it() -> None:
    for template in TEMPLATES:
        assert template.count("{term}") == 1
        assert not any(f"{article} {{term}}" in template.lower() for article in ("a", "an"))


def test_terms_are_single_words_and_differ() -> None:
    terms = [term for some in TERMS.values() for term in some]
    assert len(terms) == len(set(terms)) >= 40
    assert all(term.isalpha() for term in terms)
