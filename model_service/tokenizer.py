"""Tokens of comments: those of spaCy's blank English tokenizer, many times faster.

It works on chunks between whitespace, so the tokens of a chunk that was seen before need not be found again
(`chunk_table.py` remembers them), and those of plain new ones are found without it (`plain_chunks.py`). That
gives the same answer, with two exceptions, neither in 5,108 real comments: chunks longer than
`LONGEST_CHUNK`, and emoticons that spaCy looks for across single spaces (the `>:(` it sees in `> :(x` makes
it take `:(` apart, which chunk by chunk is one token).
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from model_service import plain_chunks
from model_service.fork_lock import ForkLock
from model_service.text import clean

LONGEST_CHUNK = 128
"""Characters: a longer chunk is cut into pieces, since spaCy's time grows with the square of its length."""


class Tokenizer:
    """Finds tokens; keeps nothing of what it is shown, and threads may share it."""

    def __init__(self) -> None:
        self._exceptions = plain_chunks.spacys_exceptions()
        self._spacy: Any = None
        self._lock = ForkLock()  # spaCy's tokenizer and vocabulary are not meant for several threads

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of a comment as it was written."""
        return self.of_all([text])[0]

    def of_all(self, texts: Iterable[str]) -> list[list[str]]:
        """Return the tokens of each comment; many at once are quicker than one by one."""
        rows = [clean(text).split() for text in texts]
        distinct = list(dict.fromkeys(chain.from_iterable(rows)))
        known = dict(zip(distinct, self.of_chunks(distinct), strict=True))
        return [list(chain.from_iterable(map(known.__getitem__, row))) for row in rows]

    def of_chunks(self, chunks: Iterable[str]) -> list[Sequence[str]]:
        """Return the tokens of each chunk: lower-case text without whitespace, as `clean` leaves it."""
        found = [self._plain(chunk) for chunk in chunks]
        strange = dict.fromkeys(piece for pieces in found if isinstance(pieces, list) for piece in pieces)
        if not strange:
            return found  # type: ignore[return-value]  # no list among them
        known = self._strange(strange)
        return [
            list(chain.from_iterable(map(known.__getitem__, each))) if isinstance(each, list) else each
            for each in found
        ]

    def load(self) -> None:
        """Load spaCy now, which takes seconds, rather than when it is first needed."""
        with self._lock:
            if self._spacy is None:
                import spacy

                self._spacy = spacy.blank("en")

    def _plain(self, chunk: str) -> tuple[str, ...] | list[str]:
        """Return a chunk's tokens, or a list of the pieces whose tokens only spaCy can tell."""
        if len(chunk) > LONGEST_CHUNK:
            return [chunk[at : at + LONGEST_CHUNK] for at in range(0, len(chunk), LONGEST_CHUNK)]
        return plain_chunks.tokens_of(chunk, self._exceptions) or [chunk]

    def _strange(self, pieces: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return each piece's tokens as spaCy has them."""
        self.load()
        with self._lock, self._spacy.vocab.memory_zone():  # what it would keep of new words is given back
            return {
                piece: tuple(token.text for token in self._spacy.tokenizer(piece) if not token.is_space)
                or (piece,)
                for piece in pieces
            }
