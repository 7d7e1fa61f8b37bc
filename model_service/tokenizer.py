"""Tokens of comments: those of spaCy's blank English tokenizer, many times faster.

It works on chunks between whitespace: remembering each chunk's tokens, and finding those of plain new ones
without it (`plain_chunks.py`), gives the same answer. There are two exceptions, neither in 5,108 real
comments: chunks longer than `LONGEST_CHUNK`, and emoticons that spaCy looks for across single spaces (the
`>:(` it sees in `> :(x` makes it take `:(` apart, which chunk by chunk is one token).
"""

import threading
from collections.abc import Iterable
from itertools import chain
from typing import Any

from model_service import plain_chunks
from model_service.plain_chunks import Exceptions
from model_service.text import clean

LONGEST_CHUNK = 128
"""Characters: a longer chunk is cut into pieces, since spaCy's time grows with the square of its length."""

REMEMBERED_CHUNKS = 60_000
"""Chunks in each of the memo's two halves."""

REMEMBERED_CHARACTERS = 10 * REMEMBERED_CHUNKS
"""Characters in each half. The chunks of real comments have 7.5 on average; one of 128 emoji is 128 tokens of
90 bytes each, and without this limit the memo could take hundreds of MB."""


class Tokenizer:
    """Tokens of comments, as spaCy's blank English tokenizer gives them, without the whitespace-only ones.

    Safe to share between threads. Its memory is bounded whatever it is shown: the memo forgets the chunks
    that were not seen lately, and what spaCy itself would keep of each new word is given back.
    """

    def __init__(self) -> None:
        import spacy  # here, because it takes seconds

        language: Any = spacy.blank("en")
        self._tokenize = language.tokenizer
        self._exceptions = Exceptions.of({chunk: self._spacy(chunk) for chunk in language.tokenizer.rules})
        self._zone = language.vocab.memory_zone
        self._lock = threading.Lock()  # spaCy's tokenizer and vocabulary are not meant for several threads
        self._recent_characters = 0
        self._recent: dict[str, tuple[str, ...]] = {}
        self._earlier: dict[str, tuple[str, ...]] = {}

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of a comment as it was written."""
        return self.of_all([text])[0]

    def of_all(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the tokens of each comment; a batch at once is quicker than one by one."""
        rows = [clean(text).split() for text in texts]
        tokens = [list(map(self._recent.get, row)) for row in rows]
        gaps = [(row, found) for row, found in zip(rows, tokens, strict=True) if None in found]
        if gaps:
            pairs = chain.from_iterable(zip(row, found, strict=True) for row, found in gaps)
            learnt = self._learn(dict.fromkeys(chunk for chunk, known in pairs if known is None))
            for row, found in gaps:
                found[:] = [
                    learnt[chunk] if known is None else known for chunk, known in zip(row, found, strict=True)
                ]
        return [list(chain.from_iterable(found)) for found in tokens]  # type: ignore[arg-type]  # no None left

    def _learn(self, chunks: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the tokens of each chunk."""
        with self._lock:
            found = {chunk: self._known_or_plain(chunk) for chunk in chunks}
            strange = [chunk for chunk, tokens in found.items() if tokens is None]
            if strange:
                with self._zone():
                    found |= {chunk: self._strange(chunk) for chunk in strange}
        return found  # type: ignore[return-value]  # no None left

    def _known_or_plain(self, chunk: str) -> tuple[str, ...] | None:
        """Return the tokens of a chunk, None if only spaCy can tell."""
        tokens = self._recent.get(chunk)
        if tokens is None and len(chunk) <= LONGEST_CHUNK:
            tokens = self._earlier.get(chunk) or plain_chunks.tokens_of(chunk, self._exceptions)
            if tokens is not None:
                self._remember(chunk, tokens)
        return tokens

    def _strange(self, chunk: str) -> tuple[str, ...]:
        """Return the tokens of a chunk that was neither known nor plain a moment ago."""
        if (known := self._recent.get(chunk)) is not None:
            return known
        if len(chunk) > LONGEST_CHUNK:  # its pieces are remembered, so repeating a character costs nothing
            cuts = range(0, len(chunk), LONGEST_CHUNK)
            return tuple(
                token
                for piece in (chunk[at : at + LONGEST_CHUNK] for at in cuts)
                for token in self._known_or_plain(piece) or self._strange(piece)
            )
        tokens = self._spacy(chunk)
        self._remember(chunk, tokens)
        return tokens

    def _remember(self, chunk: str, tokens: tuple[str, ...]) -> None:
        if len(self._recent) >= REMEMBERED_CHUNKS or self._recent_characters >= REMEMBERED_CHARACTERS:
            # A new dict, never a cleared one: another thread may be reading the old one.
            self._earlier, self._recent, self._recent_characters = self._recent, {}, 0
        self._recent[chunk] = tokens
        self._recent_characters += len(chunk)

    def _spacy(self, chunk: str) -> tuple[str, ...]:
        return tuple(token.text for token in self._tokenize(chunk) if not token.is_space)
