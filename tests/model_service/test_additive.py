"""The default recipe gives the numbers of its formula."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_service.ngrams import of_chunk
from model_service.scorer import Scorer
from model_service.style import FEATURES, GROUPS, style_of
from model_service.text import clean, tidy
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights
from tests.model_service.examples import make_additive, make_texts
from tests.model_service.nasty import NASTY, anything, synthetic_texts

CLOSE = 1e-9


class Formula:
    """The formula in the docstring of `AdditiveWeights`, one comment and one term at a time."""

    def __init__(self, weights: AdditiveWeights, tokenize: Tokenizer) -> None:
        self._weights = weights
        self._tokenize = tokenize
        self._phrases = dict(zip(weights.phrases, weights.phrase_weights.tolist(), strict=True))
        self._ngrams = dict(zip(weights.ngrams, weights.ngram_weights.tolist(), strict=True))
        self._longest = max((len(phrase.split(" ")) for phrase in weights.phrases), default=0)

    def __call__(self, text: str) -> float:
        tokens, chunks = self._tokenize(text), clean(text).split()
        total = 0.0
        for length in range(1, self._longest + 1):
            for first in range(len(tokens) - length + 1):
                total += self._phrases.get(" ".join(tokens[first : first + length]), 0.0)
        for chunk in chunks:
            total += sum(self._ngrams.get(ngram, 0.0) for ngram in of_chunk(chunk))
        style = style_of([tidy(text)], *map(np.array, ([len(tokens)], [len(chunks)], [len(set(chunks))])))
        weights = self._weights
        return float(
            weights.intercept
            + total / max(len(tokens), 1) ** weights.power
            + sum(
                max(-weights.style_limit, min(weights.style_limit, (value - mean) / scale)) * weight
                for value, mean, scale, weight in zip(
                    style[0].tolist(),
                    weights.style_means.tolist(),
                    weights.style_scales.tolist(),
                    weights.style_weights.tolist(),
                    strict=True,
                )
            )
        )


@pytest.fixture(scope="module")
def scorer(additive: AdditiveWeights) -> Scorer:
    return Scorer(additive)


@pytest.fixture(scope="module")
def formula(additive: AdditiveWeights, tokenize: Tokenizer) -> Formula:
    return Formula(additive, tokenize)


def log_odds(weights: AdditiveWeights, texts: Sequence[str]) -> list[float]:
    return [float(each) for each in Scorer(weights).score(texts).log_odds]


@pytest.mark.parametrize(
    "texts",
    [make_texts(count=100, seed=99)[0], synthetic_texts(200), [*NASTY.values()]],
    ids=["invented", "synthetic", "nasty"],
)
def test_scores_are_the_formulas(scorer: Scorer, formula: Formula, texts: list[str]) -> None:
    found = scorer.score(texts).log_odds
    assert np.ptp(found) > 1.0, "comments that differ, or it would show little"
    assert found.tolist() == pytest.approx([formula(text) for text in texts], abs=CLOSE)


@given(st.lists(st.one_of(anything, st.sampled_from(make_texts()[0])), min_size=1, max_size=4))
def test_scores_of_anything_are_the_formulas(scorer: Scorer, formula: Formula, texts: list[str]) -> None:
    assert scorer.score(texts).log_odds.tolist() == pytest.approx(
        [formula(text) for text in texts], abs=CLOSE
    )


@pytest.mark.parametrize(
    ("power", "expected"), [(0.0, 8.0), (0.5, 4.0), (1.0, 2.0)], ids=["sum", "between", "mean"]
)
def test_words_and_ngrams_are_divided_by_the_tokens_to_the_power(power: float, expected: float) -> None:
    weights = make_additive({"a": 1.0, "b c": 2.0}, {" a ": 4.0, "xx": 1.0}, power=power)
    assert log_odds(weights, ["a b c xx", ""]) == pytest.approx([expected, 0.0])


def test_style_is_not_divided() -> None:
    weights = make_additive(style_weights={"colons": 1.0}, power=1.0)
    assert log_odds(weights, ["a:", "a b c d e f:"]) == pytest.approx([np.log(2.0)] * 2)


def test_style_is_told_from_capitals() -> None:
    weights = make_additive({"a": 1.0}, style_weights={"capitals": 1.0})
    assert log_odds(weights, ["a", "A"]) == pytest.approx([1.0, 2.0])


@pytest.mark.parametrize(("limit", "expected"), [(0.5, 0.5), (0.01, 0.01), (9.0, np.log(2.0))])
def test_style_says_no_more_beyond_the_limit(limit: float, expected: float) -> None:
    weights = make_additive(style_weights={"colons": 1.0}, style_limit=limit)
    assert log_odds(weights, ["a:"]) == pytest.approx([expected])


def test_phrases_words_have_no_weight_of_their_own() -> None:
    weights = make_additive({"a b": 3.0, "b": 1.0})
    assert log_odds(weights, ["a", "b", "a b", "b a", "a b a b"]) == [0.0, 1.0, 4.0, 1.0, 8.0]


def test_phrase_does_not_span_two_comments() -> None:
    assert log_odds(make_additive({"a b": 3.0}), ["a", "b", "a b"]) == [0.0, 0.0, 3.0]


def test_tokens_and_unknown_ones_are_counted() -> None:
    scored = Scorer(make_additive({"a b": 3.0}, {"x ": 1.0})).score(["a b x", "", "B c's"])
    assert scored.tokens.tolist() == [3, 0, 3]
    assert scored.unknown.tolist() == [1, 0, 2]


def test_model_of_nothing_scores_with_the_intercept() -> None:
    weights = make_additive(intercept=-1.0)
    assert log_odds(weights, ["a b", ""]) == [-1.0, -1.0]
    assert [each.reasons() for each in Scorer(weights).explain(["a b", ""])] == [[], []]


def test_traits_are_named_for_their_groups() -> None:
    weights = make_additive(style_weights=dict.fromkeys(FEATURES, 1.0))
    (explanation,) = Scorer(weights).explain(["A?"])
    assert [name for name, _ in explanation.traits] == [GROUPS[feature] for feature in FEATURES]
    marks = [
        weight
        for feature, (_, weight) in zip(FEATURES, explanation.traits, strict=True)
        if "question" in feature
    ]
    assert marks == pytest.approx([np.log(2.0) * np.log(3.0), 1.0])


def test_ngrams_are_told_of_the_tokens_that_hold_them() -> None:
    weights = make_additive({"b": 1.0}, {"n't": 2.0, " do": 4.0, "t ": 8.0}, power=1.0)
    (explanation,) = Scorer(weights).explain(["b don't"])
    assert explanation.occurrences == [(0, 1, 1.0 / 3), (1, 2, 4.0 / 3), (2, 3, 10.0 / 3)]


def test_no_comments_have_no_scores(scorer: Scorer) -> None:
    assert [len(each) for each in scorer.score([])] == [0, 0, 0]
    assert list(scorer.explain([])) == []
