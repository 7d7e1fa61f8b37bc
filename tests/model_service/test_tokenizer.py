"""Tokens of comments, against the tokenizer they stand for."""

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model_service.plain_chunks import spacys_exceptions
from model_service.text import clean
from model_service.tokenizer import LONGEST_CHUNK, Tokenizer
from tests.model_service.nasty import (
    MB,
    NASTY,
    anything,
    needs_real_comments,
    prose,
    real_texts,
    synthetic_texts,
)
from training.spacy_exceptions import exceptions


def spacy_tokens(language: Any, text: str) -> list[str]:
    """Return a whole text's tokens, as spaCy gives them."""
    return [token.text for token in language.tokenizer(text) if not token.is_space]


class NotingTokenizer(Tokenizer):
    """Notes what it gives to spaCy."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    def _strange(self, pieces: Iterable[str]) -> dict[str, tuple[str, ...]]:
        self.given += pieces
        return super()._strange(pieces)


@pytest.mark.parametrize(
    "text",
    [text for name, text in NASTY.items() if name not in {"combining-flood", "one-long-chunk"}],
    ids=[name for name in NASTY if name not in {"combining-flood", "one-long-chunk"}],
)
def test_tokens_are_spacys(tokenize: Tokenizer, language: Any, text: str) -> None:
    assert tokenize(text) == spacy_tokens(language, clean(text))


@needs_real_comments
def test_tokens_of_real_comments_are_spacys(language: Any) -> None:
    texts = real_texts()
    found = Tokenizer().of_all(texts)
    wrong = [
        text
        for text, tokens in zip(texts, found, strict=True)
        if tokens != spacy_tokens(language, clean(text))
    ]
    assert len(found) == len(texts) > 5_000
    assert wrong == []


@given(prose)
def test_tokens_of_prose_are_spacys(tokenize: Tokenizer, language: Any, text: str) -> None:
    assert tokenize(text) == spacy_tokens(language, clean(text))


@given(anything)
def test_tokens_of_anything_are_spacys_chunk_by_chunk(tokenize: Tokenizer, language: Any, text: str) -> None:
    # spaCy looks for emoticons across a single space (see `tokenizer.py`), but not across a line end.
    apart = "".join(f"{character}\n" if character.isspace() else character for character in clean(text))
    assume(max(map(len, apart.split()), default=0) <= LONGEST_CHUNK)
    assert tokenize(text) == spacy_tokens(language, apart)


def test_emoticon_is_not_looked_for_across_a_space(tokenize: Tokenizer, language: Any) -> None:
    assert spacy_tokens(language, "> :(x") == [">", ":", "(", "x"]
    assert tokenize("> :(x") == [">", ":(", "x"]


@given(st.text(st.characters(), max_size=100))
def test_tokens_can_be_encoded_and_hold_no_whitespace(tokenize: Tokenizer, text: str) -> None:
    for token in tokenize(text):
        assert token.encode()
        assert not any(character.isspace() for character in token)


@given(st.lists(anything, max_size=4))
def test_tokens_of_many_are_those_of_each(tokenize: Tokenizer, texts: list[str]) -> None:
    assert tokenize.of_all([*texts, *texts]) == [tokenize(text) for text in texts] * 2


@given(anything)
def test_tokens_of_a_chunk_make_it_up(tokenize: Tokenizer, text: str) -> None:
    chunks = clean(text).split()
    assert ["".join(tokens) for tokens in tokenize.of_chunks(chunks)] == chunks
    assert all(all(tokens) for tokens in tokenize.of_chunks(chunks))


def test_tokens_of_no_chunks_are_none(tokenize: Tokenizer) -> None:
    assert tokenize.of_chunks([]) == []
    assert tokenize.of_all([]) == []
    assert tokenize.of_all(["", " "]) == [[], []]


def test_plain_chunks_are_not_given_to_spacy() -> None:
    tokenize = NotingTokenizer()
    tokenize("It's a plain, (self-made) comment; don't you agree?")
    assert tokenize.given == []
    tokenize("plain but :) and 10km :)")
    assert tokenize.given == [":)", "10km"]


def test_megabyte_of_one_character_is_cut_and_each_piece_tokenised_once() -> None:
    tokenize = NotingTokenizer()
    assert tokenize("(" * MB) == ["("] * MB
    assert tokenize.given == ["(" * LONGEST_CHUNK, "(" * (MB % LONGEST_CHUNK)]


def test_long_text_without_a_space_goes_to_spacy_in_short_pieces() -> None:
    tokenize = NotingTokenizer()
    text = "".join(f"{number}é" for number in range(60_000))
    assert "".join(tokenize(text)) == text
    assert max(map(len, tokenize.given)) == LONGEST_CHUNK
    assert sum(map(len, tokenize.given)) <= len(text)


@pytest.mark.parametrize("text", ["😀(a)" * 100, "a" * (LONGEST_CHUNK + 1), "don't" * 30], ids=len)
def test_piece_of_a_long_chunk_has_the_tokens_of_that_piece(
    tokenize: Tokenizer, language: Any, text: str
) -> None:
    pieces = [text[at : at + LONGEST_CHUNK] for at in range(0, len(text), LONGEST_CHUNK)]
    assert tokenize(text) == [token for piece in pieces for token in spacy_tokens(language, piece)]


def test_longest_chunk_is_not_cut(tokenize: Tokenizer) -> None:
    assert tokenize("a" * LONGEST_CHUNK) == ["a" * LONGEST_CHUNK]
    assert tokenize("é" * LONGEST_CHUNK) == ["é" * LONGEST_CHUNK]


def test_exceptions_are_those_of_the_installed_spacy() -> None:
    installed = {chunk: tuple(tokens) for chunk, tokens in exceptions().items()}
    found = spacys_exceptions()
    assert found.tokens == installed, "run `make exceptions`"
    assert found.longest == max(map(len, installed))


def test_spacy_is_loaded_when_a_strange_chunk_comes() -> None:
    code = (
        "import sys\n"
        "from model_service.tokenizer import Tokenizer\n"
        "tokenize = Tokenizer()\n"
        "tokenize('A plain comment, don\\'t you agree?')\n"
        "print('spacy' in sys.modules)\n"
        "tokenize('10km')\n"
        "print('spacy' in sys.modules)\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "True"]


def test_spacy_is_loaded_when_asked_for_and_once() -> None:
    tokenize = Tokenizer()
    assert tokenize._spacy is None
    tokenize.load()
    loaded = tokenize._spacy
    assert loaded is not None
    tokenize("10km :)")
    tokenize.load()
    assert tokenize._spacy is loaded


def test_spacy_keeps_nothing_of_new_words() -> None:
    tokenize = Tokenizer()
    tokenize("something to begin with :)")
    vocabulary = tokenize._spacy.vocab
    before = len(vocabulary.strings), len(list(vocabulary))
    for place in range(1_000):
        tokenize(f"new{place}é more{place}km")
    assert (len(vocabulary.strings), len(list(vocabulary))) == before


def test_threads_get_the_tokens_that_one_gets() -> None:
    texts = [f"thread{place % 97}é don't {place}km (U.S.)" for place in range(300)]
    texts += synthetic_texts(50)
    expected = Tokenizer().of_all(texts)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        tokenize = Tokenizer()
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: [tokenize(text) for text in texts], range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert answers == [expected] * 4
