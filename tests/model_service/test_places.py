"""The cleaned form of a comment, and which of its characters each character comes from."""

import time

import pytest
from hypothesis import given

from model_service.places import cleaned
from model_service.text import clean, tidy
from tests.model_service.nasty import (
    MB,
    NASTY,
    anything,
    needs_real_comments,
    real_texts,
    synthetic_texts,
)
from tests.model_service.test_text import CLEANED

PLACES = {
    "as-it-is": ("a word", "word", "word"),
    "capitals": ("A WORD", "word", "WORD"),
    "entity": ("a &lt; b", "<", "&lt;"),
    "entity-in-a-word": ("at AT&amp;T x", "at&t", "AT&amp;T"),
    "after-an-entity": ("don&#39;t x", "t", "t"),
    "around-an-entity": ("I don&#39;t x", "don't", "don&#39;t"),
    "open-entity": ("a &lt b c", "<", "&lt"),
    "open-entity-in-a-word": ("x &ampfoo y", "&", "&amp"),
    "after-an-open-entity": ("x &ampfoo y", "foo", "foo"),
    "no-entity": ("AT&T rocks", "&t", "&T"),
    "entity-of-two-characters": ("x &NotEqualTilde; y", "≂", "&NotEqualTilde;"),
    "before-an-endless-entity": ("x&#99999999999;y", "x", "x"),
    "after-an-endless-entity": ("x&#99999999999;y", "y", "y"),
    "link": ("see https://A.b/c?d ok", "url", "https://A.b/c?d"),
    "after-a-link": ("see https://A.b/c?d ok", "ok", "ok"),
    "markdown-links-words": ("see [the Paper](/r/x/1)!", "the paper", "the Paper"),
    "markdown-links-target": ("see [the Paper](/r/x/1)!", "/r/x/1", "/r/x/1"),
    "into-a-markdown-link": ("see [the Paper](/r/x/1)!", "see  the", "see [the"),
    "over-a-markdown-links-middle": ("see [the Paper](/r/x/1)!", "paper /r", "Paper](/r"),
    "out-of-a-markdown-link": ("see [the Paper](/r/x/1)!", "x/1 !", "x/1)!"),
    "markdown-link-to-a-link": ("a [b](http://c.d) e", "url", "http://c.d"),
    "second-markdown-link": ("[a](b)[c](d)", "c d", "c](d"),
    "look-alikes": ("buy Vіаgrа now", "viagra", "Vіаgrа"),
    "after-look-alikes": ("buy Vіаgrа now", "now", "now"),
    "zero-width": ("a vi\u200bag\u200bra x", "viagra", "vi\u200bag\u200bra"),
    "zero-width-at-the-edges": ("\u200bviagra\u200b x", "viagra", "viagra"),
    "after-zero-width": ("vi\u200bagra x", "x", "x"),
    "combining-flood": ("z\u0335\u0301\u0489a b", "za", "z\u0335\u0301\u0489a"),
    "letter-that-becomes-two": ("İstanbul x", "stanbul", "stanbul"),
    "letter-that-small-letters-have-two-of": ("xİx", "i", "İ"),
    "after-letters-that-become-two": ("İİ İ word", "word", "word"),
    "final-sigma": ("ΟΔΥΣ x", "x", "x"),
    "ligature": ("a ﬁsh x", "fish", "ﬁsh"),
    "half-a-ligature": ("a ﬁsh x", "i", "ﬁ"),
    "after-an-ellipsis": ("wait…what", "what", "what"),
    "ellipsis": ("wait…what", "...", "…"),
    "half-a-dash": ("a--b", "-", "--"),
    "after-a-dash": ("a--b", "b", "b"),
    "quote-mark": (">x", ">", ">"),
    "backslashes": (r"a not\_bold b", "not_bold", r"not\_bold"),
    "backticks": ("a `b` c", "'b'", "`b`"),
    "nul": ("a\0b", "b", "b"),
    "surrogate": ("a \ud800 b", "\ufffd", "\ud800"),
    "astral": ("😀😀 b", "b", "b"),
    "one-after-another": ("&lt;[Vі\u200b&amp;](x)…", "vi&", "Vі\u200b&amp;"),
}


def assert_sound(text: str) -> None:
    """Check what holds for every text."""
    placed = cleaned(text)
    assert placed.text == clean(text)
    spans = [placed.span(at, at + 1) for at in range(len(placed.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    assert starts == sorted(starts), "cleaning keeps the order"
    assert ends == sorted(ends)
    if tidy(text) == text:
        assert spans == [(at, at + 1) for at in range(len(text))], "what is the same was not changed"


@pytest.mark.parametrize(("text", "words", "expected"), PLACES.values(), ids=PLACES.keys())
def test_span_is_what_the_words_come_from(text: str, words: str, expected: str) -> None:
    placed = cleaned(text)
    at = placed.text.index(words)
    start, end = placed.span(at, at + len(words))
    assert text[start:end] == expected


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nasty_text_is_cleaned_and_placed(text: str) -> None:
    assert_sound(text)


@pytest.mark.parametrize("text", [text for text, _ in CLEANED.values()], ids=CLEANED.keys())
def test_whatever_is_cleaned_is_placed(text: str) -> None:
    assert_sound(text)


@given(anything)
def test_anything_is_cleaned_and_placed(text: str) -> None:
    assert_sound(text)


def test_synthetic_comments_are_cleaned_and_placed() -> None:
    for text in synthetic_texts(500):
        assert_sound(text)


@needs_real_comments
def test_real_comments_are_cleaned_and_placed() -> None:
    for text in real_texts():
        assert_sound(text)


@pytest.mark.parametrize(
    "piece", ["[", "[a](", "[a](b)", "&", "&#", "&amp", "http://", "www.a ", "--", "İ", "а"]
)
def test_placing_takes_time_linear_in_the_length(piece: str) -> None:
    started = time.perf_counter()
    cleaned(piece * (MB // 4 // len(piece)))
    assert time.perf_counter() - started < 10  # half a second; the square of it would take hours
