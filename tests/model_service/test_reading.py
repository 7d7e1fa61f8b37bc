"""Scores and reasons found in one reading are those found apart, to the last bit."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_service import scorer as scorer_module
from model_service.bundle import load_bundle
from model_service.explanation import Reason
from model_service.reading import Read
from model_service.scored import Scored
from model_service.scorer import Asked, Scorer
from model_service.settings import BASELINE
from tests.model_service.examples import make_texts
from tests.model_service.nasty import NASTY, anything, needs_real_comments, real_texts, synthetic_texts

TEXTS = [*make_texts(count=60, seed=5)[0], *synthetic_texts(60), *NASTY.values(), *make_texts(count=9)[0]]
ALWAYS = -1.0
ANY_LENGTH = 1_000_000


def apart(scorer: Scorer, texts: Sequence[str], asked: Asked) -> tuple[Scored, dict[int, list[Reason]]]:
    """Return what is found when the scores and each text's reasons are asked for by themselves."""
    scored = scorer.score(texts)
    places = [
        place
        for place, (text, removed) in enumerate(zip(texts, scored.removed, strict=True))
        if removed > asked.above and len(text) <= asked.longest
    ]
    alone = [reasons for place in places for reasons in scorer.reasons([texts[place]], asked.most)]
    return scored, dict(zip(places, alone, strict=True))


def assert_same(scorer: Scorer, texts: Sequence[str], asked: Asked) -> None:
    scored, reasons = scorer.score_and_explain(texts, asked)
    expected, alone = apart(scorer, texts, asked)
    for found, wanted in zip(scored, expected, strict=True):
        np.testing.assert_array_equal(found, wanted, strict=True)
    assert list(reasons.items()) == list(alone.items())


@settings(deadline=None)  # whichever comes first may have to load spaCy
@given(
    st.lists(st.one_of(anything, st.sampled_from(TEXTS)), max_size=6),
    st.builds(Asked, st.floats(ALWAYS, 1.0), st.integers(0, 300), st.integers(0, 12)),
)
@example([], Asked(ALWAYS, ANY_LENGTH, 5))
@example(["", " ", ""], Asked(ALWAYS, ANY_LENGTH, 5))
def test_scores_and_reasons_of_anything_are_those_found_apart(
    scorer: Scorer, texts: list[str], asked: Asked
) -> None:
    assert_same(scorer, texts, asked)


@needs_real_comments
@pytest.mark.parametrize("above", [ALWAYS, 0.5])
def test_scores_and_reasons_of_real_comments_are_those_found_apart(scorer: Scorer, above: float) -> None:
    for each in (scorer, Scorer(load_bundle(BASELINE).weights)):
        assert_same(each, real_texts()[:1_000], Asked(above, ANY_LENGTH, 5))


def test_reasons_are_given_strictly_above_the_number(scorer: Scorer) -> None:
    removed = scorer.score(TEXTS).removed
    above = float(np.sort(removed)[len(removed) // 2])
    _, reasons = scorer.score_and_explain(TEXTS, Asked(above, ANY_LENGTH, 5))
    assert list(reasons) == np.flatnonzero(removed > above).tolist()


@pytest.mark.parametrize(("scored_at_once", "explained_at_once"), [(1, 1), (1_000, 100), (100, 1_000)])
def test_scores_and_reasons_are_the_same_wherever_batches_are_cut(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch, scored_at_once: int, explained_at_once: int
) -> None:
    monkeypatch.setattr(scorer_module, "BATCH_CHARACTERS", scored_at_once)
    monkeypatch.setattr(scorer_module, "EXPLAINED_CHARACTERS", explained_at_once)
    assert_same(scorer, TEXTS, Asked(0.4, ANY_LENGTH, 5))


def test_text_is_read_once_and_explained_in_small_batches(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer_module, "BATCH_CHARACTERS", 60)
    monkeypatch.setattr(scorer_module, "EXPLAINED_CHARACTERS", 20)
    read, explained = list[int](), list[int]()
    reading, reasons = scorer._recipe.read, scorer._recipe.reasons

    def noted(texts: Sequence[str]) -> Read:
        read.append(len(texts))
        return reading(texts)

    def noted_reasons(some: Read, most: int) -> list[list[Reason]]:
        explained.append(len(some.texts))
        return reasons(some, most)

    monkeypatch.setattr(scorer._recipe, "read", noted)
    monkeypatch.setattr(scorer._recipe, "reasons", noted_reasons)
    _, found = scorer.score_and_explain(["0123456789"] * 9, Asked(ALWAYS, 10, 5))
    assert list(found) == list(range(9))
    assert read == [6, 3]
    assert explained == [2, 2, 2, 2, 1]
