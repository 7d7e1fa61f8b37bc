"""Plain chunks have spaCy's tokens, and most chunks are plain."""

import re
from typing import Any

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_service import plain_chunks
from model_service.plain_chunks import Exceptions
from model_service.text import clean
from tests.model_service.nasty import needs_real_comments, real_texts, synthetic_texts

LANGUAGE: Any = spacy.blank("en")
EXCEPTIONS = Exceptions.of(
    {chunk: tuple(token.text for token in LANGUAGE.tokenizer(chunk)) for chunk in LANGUAGE.tokenizer.rules}
)

WORDS = sorted(
    {word for chunk in EXCEPTIONS.tokens for word in re.findall("[a-z0-9'./-]+", chunk)}
    | {"i", "x", "word", "self", "km", "mb", "in", "xd", "www", "com", "url", "covid19", "h2o"}
    | {"0", "8", "10", "1990", "3.5", "24,000", "2.0.1", "5%", "word's", "u'neill"}
)
MARKS = "(\"[*'_#$.,!?:;)]%/-<"
chunks = st.tuples(
    st.text(MARKS, max_size=3),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).flatmap(
        lambda words: st.sampled_from(["-", "/", "'", ".", "", ":", "..", "..."]).map(
            lambda infix: infix.join(words)
        )
    ),
    st.sampled_from(["", "'s"]),
    st.text(MARKS, max_size=4),
).map("".join)


def spacys(chunk: str) -> tuple[str, ...]:
    return tuple(token.text for token in LANGUAGE.tokenizer(chunk))


def wrong(found: set[str]) -> list[str]:
    """Return those chunks whose tokens are not spaCy's."""
    told = {chunk: plain_chunks.tokens_of(chunk, EXCEPTIONS) for chunk in found}
    return [chunk for chunk, tokens in told.items() if tokens is not None and tokens != spacys(chunk)]


@settings(max_examples=2_000)
@given(chunks)
@example("didnt.")
@example('"whys."')
@example("(and/or)")
@example("8).")
@example("word:)")
@example("'i'ma.")
@example("they'll...")
def test_tokens_of_a_plain_chunk_are_spacys(chunk: str) -> None:
    assert plain_chunks.tokens_of(chunk, EXCEPTIONS) in {None, spacys(chunk)}


def test_tokens_of_exceptions_are_spacys() -> None:
    assert wrong(set(EXCEPTIONS.tokens)) == []
    assert all(plain_chunks.tokens_of(chunk, EXCEPTIONS) for chunk in EXCEPTIONS.tokens if chunk.isalpha())


@pytest.mark.parametrize(
    ("chunk", "tokens"),
    [
        ("word", ("word",)),
        ("dont", ("do", "nt")),
        ('"(self-made)...', ('"', "(", "self", "-", "made", ")", "...")),
        ("scientist's,", ("scientist", "'s", ",")),
        ("5%.", ("5", "%", ".")),
        ("naïve", None),
        ("10km", None),
        (":)", None),
        ("!?", None),
        ("", None),
    ],
)
def test_what_is_plain(chunk: str, tokens: tuple[str, ...] | None) -> None:
    assert plain_chunks.tokens_of(chunk, EXCEPTIONS) == tokens


class CountingRules(dict[str, tuple[str, ...]]):
    """Counts how often it is asked."""

    asked = 0

    def __contains__(self, key: object) -> bool:
        self.asked += 1
        return super().__contains__(key)


def test_work_grows_with_the_length_alone() -> None:
    asked = []
    for length in (30, 60, 120):
        rules = CountingRules(EXCEPTIONS.tokens)
        assert plain_chunks.tokens_of("b-" * (length // 2) + "b", EXCEPTIONS._replace(tokens=rules))
        asked.append(rules.asked)
    assert asked[2] - asked[1] <= 2.1 * (asked[1] - asked[0])


def test_chunks_of_synthetic_comments_are_plain_and_spacys() -> None:
    found = {chunk for text in synthetic_texts(2_000) for chunk in clean(text).split()}
    assert wrong(found) == []
    plain = [chunk for chunk in found if plain_chunks.tokens_of(chunk, EXCEPTIONS) is not None]
    assert len(plain) > 0.9 * len(found)


@needs_real_comments
def test_chunks_of_real_comments_are_plain_and_spacys() -> None:
    found = {chunk for text in real_texts() for chunk in clean(text).split()}
    assert wrong(found) == []
    plain = [chunk for chunk in found if plain_chunks.tokens_of(chunk, EXCEPTIONS) is not None]
    assert len(plain) > 0.95 * len(found)
