"""How comments are written, against the same features read one comment and one character at a time."""

import re
from math import log, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_service.style import FEATURES, GROUPS, style_of
from model_service.text import tidy

MB = 1_000_000


def style_by_hand(tidied: str, tokens: int, chunks: int, distinct: int) -> dict[str, float]:
    """Return the features of one comment, read off its characters."""
    text = tidied.strip()
    tokens = max(tokens, 1)
    words = re.findall("[a-zA-Z]+", text)
    letters = sum(map(len, words))
    variety = distinct / max(chunks, 1)
    return {
        "capitals": len(re.findall("[A-Z]", text)) / max(letters, 1),
        "capitals_in_a_row": len(re.findall("(?<=[A-Z])[A-Z]", text)) / max(letters, 1),
        "small_first_letter": float(bool(re.match("[a-z]", text))),
        "question_marks": log1p(text.count("?")) * log1p(tokens),
        "ends_with_question_mark": float(text.endswith("?")),
        "colons": log1p(text.count(":")),
        "ends_with_full_stop": float(text.endswith(".")),
        "very_long_words": sum(len(word) > 10 for word in words) / max(len(words), 1),
        "varied_words": variety * log1p(tokens),
    }


def features_of(text: str, tokens: int = 1, chunks: int = 1, distinct: int = 1) -> dict[str, float]:
    values = style_of([text], np.array([tokens]), np.array([chunks]), np.array([distinct]))
    return dict(zip(FEATURES, values[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "feature", "value"),
    [
        pytest.param("NASA is Big", "capitals", 5 / 9, id="capitals-among-letters"),
        pytest.param("NASA is BIg", "capitals_in_a_row", 4 / 9, id="capitals-after-capitals"),
        pytest.param("A B", "capitals_in_a_row", 0.0, id="capitals-apart"),
        pytest.param(" \n small", "small_first_letter", 1.0, id="small-after-whitespace"),
        pytest.param("'small'", "small_first_letter", 0.0, id="quotation-mark-first"),
        pytest.param("why? who?", "question_marks", log(3) * log(2), id="question-marks"),
        pytest.param("why? \n", "ends_with_question_mark", 1.0, id="question-before-whitespace"),
        pytest.param("why?!", "ends_with_question_mark", 0.0, id="another-mark-last"),
        pytest.param("so: a:b", "colons", log(3), id="colons"),
        pytest.param("It is.", "ends_with_full_stop", 1.0, id="full-stop"),
        pytest.param("It is", "ends_with_full_stop", 0.0, id="no-full-stop"),
        pytest.param("significance significant", "very_long_words", 1.0, id="eleven-letters-and-more"),
        pytest.param("references a", "very_long_words", 0.0, id="ten-letters"),
        pytest.param("hyperparameter1tuning", "very_long_words", 1 / 2, id="a-digit-parts-words"),
    ],
)
def test_feature_is_read_off_the_text(text: str, feature: str, value: float) -> None:
    assert features_of(text)[feature] == pytest.approx(value)


def test_variety_and_length_are_those_the_caller_counted() -> None:
    found = features_of("a a b?", tokens=4, chunks=3, distinct=2)
    assert found["varied_words"] == pytest.approx(2 / 3 * log(5))
    assert found["question_marks"] == pytest.approx(log(2) * log(5))


def test_every_feature_has_a_phrase() -> None:
    assert tuple(GROUPS) == FEATURES
    assert all(phrase and phrase.islower() for phrase in GROUPS.values())


def test_no_comments_have_no_rows() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert style_of([], none, none, none).shape == (0, len(FEATURES))


PIECES = st.sampled_from(
    ["A", "b", "BIG", "incomprehensible", "?", ".", "!", ":", " ", "\n", "\x1c", "é", "😀", "\u2003"]
)
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=12).map("".join)


@given(st.lists(st.tuples(TEXTS, st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=6))
def test_features_of_a_batch_are_those_of_each_comment_alone(comments: list[tuple[str, int, int]]) -> None:
    tidied = [tidy(text) for text, _, _ in comments]
    tokens, chunks = (np.array([comment[at] for comment in comments]) for at in (1, 2))
    found = style_of(tidied, tokens, chunks, chunks // 2)
    by_hand = [
        style_by_hand(text, token, chunk, chunk // 2)
        for text, token, chunk in zip(tidied, tokens.tolist(), chunks.tolist(), strict=True)
    ]
    assert tuple(by_hand[0]) == FEATURES
    np.testing.assert_allclose(found, [list(row.values()) for row in by_hand], rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "a" * MB, "?" * MB, "A b. " * (MB // 5), "é" * MB, "\U0001f600" * 1000],
    ids=["empty", "spaces", "one-word", "marks", "sentences", "accents", "emoji"],
)
def test_features_are_finite_whatever_the_comment(text: str) -> None:
    assert np.isfinite(list(features_of(text, 0, 0, 0).values())).all()
    assert np.isfinite(list(features_of(text, 10**6, 10**6, 1).values())).all()
