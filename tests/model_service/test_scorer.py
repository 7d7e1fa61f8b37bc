"""The scorer gives scikit-learn's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_service.bundle import Weights
from model_service.scorer import Scorer
from model_service.tokenizer import Tokenizer
from tests.model_service.examples import make_texts
from training.pipeline import Model

CLOSE = 1e-9
SOME_WORDS = [
    "the",
    "study",
    "you",
    "idiot",
    "idiot of",
    "!",
    "😂",
    "",
    "unheard",
    "e.g.",
    "science",
    "of",
    "and",
    "is",
]


@pytest.fixture(scope="session")
def scorer(model: Model) -> Scorer:
    return Scorer(model.weights())


def log_odds_of(model: Model, comments: list[list[str]]) -> NDArray[np.float64]:
    """Return scikit-learn's own."""
    log_odds: NDArray[np.float64] = model.classifier.decision_function(model.vectorizer.transform(comments))
    return log_odds


def test_probabilities_are_scikit_learns(scorer: Scorer, model: Model, tokenize: Tokenizer) -> None:
    comments = [tokenize(text) for text in make_texts(count=300, seed=99)[0]]
    expected = model.classifier.predict_proba(model.vectorizer.transform(comments))
    found = scorer.probabilities(comments)
    assert found.shape == (300, 2)
    assert np.ptp(found[:, 1]) > 0.5, "comments that differ, or it would show little"
    assert np.abs(found - expected).max() < CLOSE
    assert np.abs(scorer.log_odds(comments) - log_odds_of(model, comments)).max() < CLOSE


@given(st.lists(st.lists(st.sampled_from(SOME_WORDS), max_size=12), min_size=1, max_size=6))
def test_log_odds_of_any_tokens_are_scikit_learns(
    scorer: Scorer, model: Model, comments: list[list[str]]
) -> None:
    # A token with a space in it cannot come from the tokenizer; scikit-learn would take it for a phrase.
    known = [[token for token in tokens if " " not in token] for tokens in comments]
    assert np.abs(scorer.log_odds(known) - log_odds_of(model, known)).max() < CLOSE


@given(st.lists(st.sampled_from(SOME_WORDS), max_size=30))
def test_contributions_and_intercept_are_the_log_odds(
    scorer: Scorer, model: Model, tokens: list[str]
) -> None:
    total = model.weights().intercept + sum(scorer.contributions(tokens).values())
    assert abs(total - scorer.log_odds([tokens])[0]) < CLOSE


@pytest.mark.parametrize("tokens", [[], ["unheard"], ["unheard", "of2"], [""], ["the study"]])
def test_comment_without_a_known_word_has_the_intercepts_probability(
    scorer: Scorer, model: Model, tokens: list[str]
) -> None:
    assert scorer.log_odds([tokens]) == [model.weights().intercept]
    assert scorer.contributions(tokens) == {}
    assert scorer.explain(tokens, 5) == []


def test_empty_batch_has_an_empty_answer(scorer: Scorer) -> None:
    answer = scorer.probabilities([])
    assert answer.shape == (0, 2)
    assert answer.dtype == np.float64


def test_answers_come_in_the_order_of_the_comments(scorer: Scorer, tokenize: Tokenizer) -> None:
    comments = [tokenize(text) for text in make_texts(count=40, seed=5)[0]] + [[]]
    alone = np.concatenate([scorer.probabilities([tokens]) for tokens in comments])
    order = np.random.default_rng(3).permutation(len(comments))
    assert np.array_equal(scorer.probabilities(comments), alone)
    assert np.array_equal(scorer.probabilities([comments[place] for place in order]), alone[order])


def test_phrase_does_not_span_two_comments() -> None:
    scorer = Scorer(make_weights({"a b": 3.0}))
    assert list(scorer.log_odds([["a", "b"], ["a"], ["b"], ["a"]])) == [3.0, 0.0, 0.0, 0.0]


def test_phrase_is_found_though_its_beginnings_are_no_features() -> None:
    scorer = Scorer(make_weights({"a b c": 2.0, "b": 1.0}))
    assert set(scorer.contributions(["a", "b", "c"])) == {"a b c", "b"}
    assert set(scorer.contributions(["a", "b", "x", "c"])) == {"b"}


def test_bundle_without_words_scores_with_the_intercept() -> None:
    scorer = Scorer(make_weights({}, intercept=-1.0))
    assert list(scorer.log_odds([["a", "b"], []])) == [-1.0, -1.0]


@pytest.mark.parametrize("weight", [-1e6, 1e6])
def test_extreme_weights_give_probabilities_and_no_warning(weight: float) -> None:
    answer = Scorer(make_weights({"a": weight})).probabilities([["a"]])
    assert answer[0, 1] == (1.0 if weight > 0 else 0.0)
    assert answer.sum() == 1.0


def test_explanation_names_the_weightiest_first_and_leaves_out_what_weighs_nothing() -> None:
    scorer = Scorer(make_weights({"a": 1.0, "b": -2.0, "c": 0.0, "d": 1.0, "e": 0.5}))
    words = ["e", "d", "c", "b", "a"]
    assert [word for word, _ in scorer.explain(words, 9)] == ["b", "a", "d", "e"]
    assert [weight > 0 for _, weight in scorer.explain(words, 2)] == [False, True]
    assert scorer.explain(words, 0) == []


def make_weights(coefficients: dict[str, float], intercept: float = 0.0) -> Weights:
    """Return weights of words whose inverse document frequency is 1."""
    return Weights(
        vocabulary=tuple(coefficients),
        idf=np.ones(len(coefficients)),
        coefficients=np.array(list(coefficients.values()), dtype=np.float64),
        intercept=intercept,
        ngram_range=(1, 3),
    )
