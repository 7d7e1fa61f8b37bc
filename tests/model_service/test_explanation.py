"""Reasons add up to the log-odds, and point at what was written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_service.explanation import Explanation, Reason
from model_service.places import cleaned
from model_service.scorer import Scorer
from tests.model_service.examples import make_additive, make_texts, make_tfidf
from tests.model_service.nasty import NASTY, anything, synthetic_texts

CLOSE = 1e-9


def explain(
    text: str, *occurrences: tuple[int, int, float], traits: tuple[tuple[str, float], ...] = ()
) -> Explanation:
    """Return an explanation of a text whose tokens are what stands between whitespace."""
    comment = cleaned(text)
    tokens, end = [], 0
    for chunk in comment.text.split():
        start = comment.text.index(chunk, end)
        end = start + len(chunk)
        tokens.append((start, end))
    return Explanation(0.25, comment, tokens, list(occurrences), traits)


def assert_adds_up(scorer: Scorer, texts: list[str]) -> None:
    explanations = scorer.explain(texts)
    log_odds = scorer.score(texts).log_odds.tolist()
    for explanation, expected in zip(explanations, log_odds, strict=True):
        assert math.isclose(explanation.log_odds, expected, rel_tol=0, abs_tol=CLOSE)
        of_words = math.fsum(explanation.shares())
        of_traits = math.fsum(weight for _, weight in explanation.traits)
        assert math.isclose(explanation.intercept + of_words + of_traits, expected, rel_tol=0, abs_tol=CLOSE)


def assert_points_at_words(scorer: Scorer, texts: list[str]) -> None:
    for text, explanation in zip(texts, scorer.explain(texts), strict=True):
        traits = {name for name, _ in explanation.traits}
        for word, _, start, end in explanation.reasons():
            if start is None or end is None:
                assert start is end is None
                assert word in traits
            else:
                assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "texts",
    [make_texts(count=60, seed=99)[0], synthetic_texts(100), [*NASTY.values()]],
    ids=["invented", "synthetic", "nasty"],
)
def test_reasons_and_shares_add_up_to_the_log_odds(scorer: Scorer, texts: list[str]) -> None:
    assert_adds_up(scorer, texts)
    assert_points_at_words(scorer, texts)


@given(st.lists(st.one_of(anything, st.sampled_from(make_texts()[0])), max_size=4))
def test_reasons_and_shares_of_anything_add_up_to_the_log_odds(scorer: Scorer, texts: list[str]) -> None:
    assert_adds_up(scorer, texts)
    assert_points_at_words(scorer, texts)


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_tokens_are_where_they_stand(scorer: Scorer, text: str) -> None:
    (explanation,) = scorer.explain([text])
    tokens = [explanation.comment.text[start:end] for start, end in explanation.tokens]
    assert tokens == scorer._tokenizer(text)
    assert explanation.tokens == sorted(explanation.tokens)
    assert len(explanation.shares()) == len(tokens)


def test_explanations_do_not_depend_on_the_batch(scorer: Scorer) -> None:
    texts = [*make_texts(count=20, seed=5)[0], *NASTY.values()]
    together = [each.reasons() for each in scorer.explain(texts)]
    assert together == [each.reasons() for text in texts for each in scorer.explain([text])]


def test_weightiest_come_first_and_equal_ones_by_the_alphabet() -> None:
    found = explain("e d c b a", (0, 1, 0.5), (1, 2, 1.0), (3, 4, -2.0), (4, 5, -1.0))
    assert [(word, weight) for word, weight, *_ in found.reasons()] == [
        ("b", -2.0),
        ("a", -1.0),
        ("d", 1.0),
        ("e", 0.5),
    ]
    assert found.log_odds == 0.25 - 1.5


@pytest.mark.parametrize(
    ("most", "words"), [(None, "bad"), (0, ""), (1, "b"), (2, "ba"), (3, "bad"), (9, "bad")]
)
def test_no_more_reasons_than_asked_for(most: int | None, words: str) -> None:
    found = explain("d b a", (0, 1, 0.5), (1, 2, -2.0), (2, 3, 1.0))
    assert "".join(reason.word for reason in found.reasons(most)) == words


def test_what_weighs_nothing_is_no_reason() -> None:
    found = explain(
        "a b a", (0, 1, 1.0), (1, 2, 0.0), (2, 3, -1.0), traits=(("length", 0.0), ("x", 1.0), ("x", -1.0))
    )
    assert found.reasons() == []
    assert found.log_odds == 0.25


def test_same_words_are_one_reason_at_their_first_place() -> None:
    found = explain("x a b, A  B", (0, 1, 0.5), (1, 2, 1.0), (3, 4, 3.0), (3, 5, 0.25), traits=())
    assert found.reasons() == [
        Reason("a", 4.0, 2, 3),
        Reason("x", 0.5, 0, 1),
        Reason("a b", 0.25, 7, 11),
    ]


def test_phrase_is_named_by_its_tokens_and_points_from_the_first_to_the_last() -> None:
    text = "the **Fake**  &amp; [News](x) ﬁne"
    found = explain(text, (1, 4, 2.0), (5, 6, -1.0))
    phrase, word = found.reasons()
    assert (phrase.word, word.word) == ("**fake** & news", "fine")
    assert text[phrase.start : phrase.end] == "**Fake**  &amp; [News"
    assert text[word.start : word.end] == "ﬁne"


def test_traits_of_one_name_are_one_reason_without_a_place() -> None:
    found = explain("a", traits=(("length", 1.0), ("digits", -0.5), ("length", 0.5)))
    assert found.reasons() == [Reason("length", 1.5, None, None), Reason("digits", -0.5, None, None)]


def test_trait_called_like_a_word_stays_apart() -> None:
    found = explain("length length", (0, 1, 1.0), (1, 2, 1.0), traits=(("length", -3.0),))
    assert found.reasons() == [Reason("length", -3.0, None, None), Reason("length", 2.0, 0, 6)]
    same = explain("length", (0, 1, 1.0), traits=(("length", 1.0),))
    assert sorted(reason.start is None for reason in same.reasons()) == [False, True]


def test_shares_of_a_phrase_are_even() -> None:
    found = explain("a b c d", (0, 1, 1.0), (1, 4, 3.0), (2, 3, 0.5), traits=(("length", 9.0),))
    assert found.shares() == [1.0, 1.0, 1.5, 1.0]


def test_words_in_the_talks_recipe_point_at_the_comment() -> None:
    text = "\u200bYou &lt;3 IDIOTS, you idiots"
    (found,) = Scorer(make_tfidf({"idiots": 2.0, "you idiots": 1.0, "<3": -0.5})).explain([text])
    places = {word: text[start:end] for word, _, start, end in found.reasons()}
    assert places == {"idiots": "IDIOTS", "you idiots": "you idiots"}


def test_words_in_the_default_recipe_point_at_the_comment() -> None:
    text = "AT&amp;T's Vіаgrа?"
    weights = make_additive({"viagra": 2.0, "viagra ?": 0.5}, {"t's": 1.0}, {"question_marks": 0.5})
    (found,) = Scorer(weights).explain([text])
    assert [(word, start, end) for word, _, start, end in found.reasons()] == [
        ("viagra", 11, 17),
        ("'s", 8, 10),
        ("question marks", None, None),
        ("viagra ?", 11, 18),
    ]
