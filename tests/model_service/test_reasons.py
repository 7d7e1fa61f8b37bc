"""Reasons found for a whole batch at once are those that the full explanations give, to the last bit."""

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_service import scorer as scorer_module
from model_service.bundle import load_bundle
from model_service.explanation import Reason
from model_service.reading import Read
from model_service.scorer import Scorer
from model_service.settings import BASELINE
from model_service.weights import Weights
from tests.model_service.examples import make_additive, make_texts, make_tfidf
from tests.model_service.nasty import NASTY, anything, needs_real_comments, real_texts, synthetic_texts

TEXTS = [*make_texts(count=60, seed=5)[0], *synthetic_texts(60), *NASTY.values(), *make_texts(count=9)[0]]
NUMBERS_OF_REASONS = (0, 1, 2, 5, 1_000)
LONG = 100_000


def explained(scorer: Scorer, texts: Sequence[str], most: int) -> list[list[Reason]]:
    """Return what the full explanations give."""
    return [explanation.reasons(most) for explanation in scorer.explain(texts)]


def named(scorer: Scorer, text: str, most: int) -> list[tuple[str, int | None]]:
    """Return the words of a text's reasons, and where each begins."""
    ((*reasons,),) = scorer.reasons([text], most)
    return [(reason.word, reason.start) for reason in reasons]


@pytest.mark.parametrize("most", NUMBERS_OF_REASONS)
def test_reasons_are_those_of_the_explanations(scorer: Scorer, most: int) -> None:
    assert list(scorer.reasons(TEXTS, most)) == explained(scorer, TEXTS, most)


@needs_real_comments
@pytest.mark.parametrize("most", [5, 1_000])
def test_reasons_of_real_comments_are_those_of_the_explanations(most: int) -> None:
    scorer = Scorer(load_bundle(BASELINE).weights)
    texts = real_texts()[:2_000]
    assert list(scorer.reasons(texts, most)) == explained(scorer, texts, most)


@settings(deadline=None)  # whichever comes first may have to load spaCy
@given(st.lists(st.one_of(anything, st.sampled_from(TEXTS)), max_size=5), st.integers(0, 12))
@example([], 5)
@example(["", " ", ""], 5)
def test_reasons_of_anything_are_those_of_the_explanations(
    scorer: Scorer, texts: list[str], most: int
) -> None:
    assert list(scorer.reasons(texts, most)) == explained(scorer, texts, most)


@pytest.fixture(scope="module", params=["talk", "additive"])
def even_scorer(request: pytest.FixtureRequest) -> Scorer:
    """Return a scorer of each recipe in which many reasons weigh the same."""
    phrases = {"a": 1.0, "b": -1.0, "a b": 1.0, "b a": 2.0}
    if request.param == "talk":
        return Scorer(make_tfidf(phrases))
    traits = {"capitals": 1.0, "small_first_letter": -1.0, "question_marks": 1.0}
    return Scorer(make_additive(phrases, {"a ": -1.0, "bb": 1.0}, traits))


@settings(deadline=None)  # whichever comes first may have to load spaCy
@given(st.lists(st.text(st.sampled_from("ab .?A"), max_size=20), max_size=4), st.integers(0, 6))
def test_equal_weights_are_cut_as_the_explanations_cut_them(
    even_scorer: Scorer, texts: list[str], most: int
) -> None:
    assert list(even_scorer.reasons(texts, most)) == explained(even_scorer, texts, most)


def test_reasons_do_not_depend_on_the_batch(scorer: Scorer) -> None:
    alone = [reasons for text in TEXTS for reasons in scorer.reasons([text], 5)]
    assert list(scorer.reasons(TEXTS, 5)) == alone
    assert list(scorer.reasons(TEXTS[::-1], 5)) == alone[::-1]


@pytest.mark.parametrize("limit", [1, 100, 1_000])
def test_reasons_are_the_same_wherever_batches_are_cut(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    expected = list(scorer.reasons(TEXTS, 5))
    monkeypatch.setattr(scorer_module, "EXPLAINED_CHARACTERS", limit)
    assert list(scorer.reasons(TEXTS, 5)) == expected


def test_reasons_are_found_one_small_batch_after_the_other(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer_module, "EXPLAINED_CHARACTERS", 20)
    found: list[int] = []
    reasons = scorer._recipe.reasons

    def noted(read: Read, most: int) -> list[list[Reason]]:
        found.append(len(read.texts))
        return reasons(read, most)

    monkeypatch.setattr(scorer._recipe, "reasons", noted)
    assert len(list(scorer.reasons(["0123456789"] * 5, 5))) == 5
    assert found == [2, 2, 1]


def test_first_of_equal_reasons_in_the_alphabet_is_the_one_that_is_kept() -> None:
    scorer = Scorer(make_additive({"c": 1.0, "b": -1.0, "a": 1.0, "d": 2.0}))
    assert named(scorer, "c b a d", 2) == [("d", 6), ("a", 4)]


def test_unknown_word_is_one_reason_wherever_it_stands() -> None:
    scorer = Scorer(make_additive(ngrams={"oo": 1.0, "ar": 1.5}))
    assert named(scorer, "(Foo) bar foo, foo's", 2) == [("foo", 1), ("bar", 6)]


def test_words_that_cancel_out_are_no_reason() -> None:
    scorer = Scorer(make_additive({"x": 0.5}, ngrams={" a": 1.0, "(a": -1.0}))
    assert named(scorer, "x a", 5) == [("a", 2), ("x", 0)]
    assert named(scorer, "x a (a", 5) == [("x", 0)]


def test_trait_called_like_a_word_comes_before_it() -> None:
    scorer = Scorer(make_additive({"punctuation": 1.0}, style_weights={"ends_with_full_stop": 1.0}))
    assert named(scorer, "punctuation.", 2) == [("punctuation", None), ("punctuation", 0)]
    assert named(scorer, "punctuation.", 1) == [("punctuation", None)]


def test_reasons_point_at_the_comment_as_it_was_written() -> None:
    text = "AT&amp;T's Vіаgrа &gt; bad"
    scorer = Scorer(make_additive({"viagra": 2.0, "viagra >": 1.0, "bad": 0.5}))
    ((*reasons,),) = scorer.reasons([text], 3)
    assert [text[reason.start : reason.end] for reason in reasons] == ["Vіаgrа", "Vіаgrа &gt;", "bad"]


def test_threads_get_the_reasons_that_one_gets(weights: Weights) -> None:
    texts = [*TEXTS, *(f"new{place}é idiot {place}km of science" for place in range(200))]
    expected = list(Scorer(weights).reasons(texts, 5))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        shared = Scorer(weights)

        def reasons(step: int) -> bool:
            batches = [texts[at : at + step] for at in range(0, len(texts), step)]
            return [each for batch in batches for each in shared.reasons(batch, 5)] == expected

        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(reasons, (1, 2, 3, 50))) == [True] * 4
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize(
    "make_text",
    [
        lambda n: "idiot " * (n // 6),
        lambda n: " ".join(f"{at}é" for at in range(n // 30)),
        lambda n: "&lt;[Vі\u200b&amp;](x)…" * (n // 18),
        lambda n: "😀" * (n // 4),
    ],
    ids=["one-word", "distinct-words", "much-to-clean", "emoji-without-a-space"],
)
def test_long_text_has_reasons_in_time_linear_in_its_length(
    scorer: Scorer, make_text: Callable[[int], str]
) -> None:
    scorer.load()
    took_s = []
    for length in (LONG // 4, LONG):
        started = time.process_time()
        assert len(list(scorer.reasons([make_text(length)], 5))) == 1
        took_s.append(time.process_time() - started)
    assert took_s[1] < 8 * took_s[0] + 0.2, "the square would take 16 times as long"
