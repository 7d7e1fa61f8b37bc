"""The talk's recipe gives scikit-learn's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_service.scorer import Scorer
from model_service.tokenizer import Tokenizer
from tests.model_service.examples import EITHER, KEPT, REMOVED, make_texts, make_tfidf
from tests.model_service.nasty import NASTY, anything
from training.talk import Model

CLOSE = 1e-9
some_comments = st.lists(
    st.lists(st.sampled_from([*KEPT, *REMOVED, *EITHER, "unheard", "idiot of", "!"]), max_size=12).map(
        " ".join
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def talk(model: Model) -> Scorer:
    return Scorer(model.weights)


def scikit_learns(model: Model, tokenize: Tokenizer, texts: list[str]) -> NDArray[np.float64]:
    """Return scikit-learn's own log-odds."""
    features = model.vectorizer.transform(tokenize.of_all(texts))
    log_odds: NDArray[np.float64] = model.classifier.decision_function(features)
    return log_odds


def make_scorer(coefficients: dict[str, float], intercept: float = 0.0) -> Scorer:
    return Scorer(make_tfidf(coefficients, intercept))


def test_scores_are_scikit_learns(talk: Scorer, model: Model, tokenize: Tokenizer) -> None:
    texts = make_texts(count=300, seed=99)[0]
    scored = talk.score(texts)
    assert np.ptp(scored.removed) > 0.5, "comments that differ, or it would show little"
    assert np.abs(scored.log_odds - scikit_learns(model, tokenize, texts)).max() < CLOSE
    assert np.abs(scored.removed - model.probabilities(tokenize.of_all(texts))).max() < CLOSE


def test_scores_of_nasty_texts_are_scikit_learns(talk: Scorer, model: Model, tokenize: Tokenizer) -> None:
    texts = [f"{known} {text}" for text in NASTY.values() for known in ("", "the study idiot")]
    assert np.abs(talk.score(texts).log_odds - scikit_learns(model, tokenize, texts)).max() < CLOSE


@given(some_comments)
def test_scores_of_known_words_are_scikit_learns(
    talk: Scorer, model: Model, tokenize: Tokenizer, texts: list[str]
) -> None:
    assert np.abs(talk.score(texts).log_odds - scikit_learns(model, tokenize, texts)).max() < CLOSE


@given(st.lists(anything, min_size=1, max_size=4))
def test_scores_of_anything_are_scikit_learns(
    talk: Scorer, model: Model, tokenize: Tokenizer, texts: list[str]
) -> None:
    assert np.abs(talk.score(texts).log_odds - scikit_learns(model, tokenize, texts)).max() < CLOSE


@pytest.mark.parametrize("text", ["", "  \n", "unheard", "unheard of2"])
def test_comment_without_a_known_word_has_the_intercepts_score(talk: Scorer, model: Model, text: str) -> None:
    assert talk.score([text]).log_odds.tolist() == [model.weights.intercept]
    assert next(talk.explain([text])).reasons() == []


def test_tokens_and_unknown_ones_are_counted() -> None:
    scored = make_scorer({"a b": 3.0, "c": 1.0}).score(["a b x", "", "b c's", "url www.a.b"])
    assert scored.tokens.tolist() == [3, 0, 3, 2]
    assert scored.unknown.tolist() == [1, 0, 1, 2]


def test_phrase_does_not_span_two_comments() -> None:
    assert make_scorer({"a b": 3.0}).score(["a b", "a", "b", "a"]).log_odds.tolist() == [3.0, 0.0, 0.0, 0.0]


def test_known_words_share_the_length_of_one() -> None:
    (both, twice) = make_scorer({"a": 3.0, "b": 4.0}).score(["a b", "a a"]).log_odds.tolist()
    assert both == pytest.approx(7.0 / np.sqrt(2.0))
    assert twice == pytest.approx(3.0)


def test_model_without_words_scores_with_the_intercept() -> None:
    scorer = make_scorer({}, intercept=-1.0)
    assert scorer.score(["a b", ""]).log_odds.tolist() == [-1.0, -1.0]
    assert [each.reasons() for each in scorer.explain(["a b", ""])] == [[], []]


def test_repeated_word_shares_its_weight_among_its_places() -> None:
    scorer = make_scorer({"a": 1.0, "b": -2.0, "a b": 0.5})
    (explanation,) = scorer.explain(["a a b c a"])
    each = [
        weight for first, last, weight in explanation.occurrences if (first, last) in {(0, 1), (1, 2), (4, 5)}
    ]
    assert len(set(each)) == 1
    total = 3 * each[0] + sum(
        weight for first, last, weight in explanation.occurrences if (first, last) in {(2, 3), (1, 3)}
    )
    assert total == pytest.approx(scorer.score(["a a b c a"]).log_odds[0])


def test_no_comments_have_no_scores(talk: Scorer) -> None:
    assert [len(each) for each in talk.score([])] == [0, 0, 0]
    assert list(talk.explain([])) == []
