"""What the default recipe reads off comments alone, before it learns anything: counts and style."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from model_service.ngrams import of_chunk
from model_service.style import style_of_chunks
from model_service.text import tidy
from model_service.tokenizer import Tokenizer
from training.lexicons import LEXICONS

MOST_WORDS = 3
"""Words in the longest phrase."""

PHRASE_COMMENTS, NGRAM_COMMENTS = 2, 3
"""Comments that a phrase, and a character n-gram, has to be in."""

BATCH = 16
"""Comments whose style is read at once."""


class Counts(NamedTuple):
    """How often each comment has each of some things, named in alphabetical order."""

    names: tuple[str, ...]
    matrix: Any
    """(n_comments, n_names) float64, sparse by rows."""

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return the counts of some comments."""
        return self._replace(matrix=self.matrix[rows])

    def comments_with(self) -> NDArray[np.int64]:
        """Return (n_names,) int64, how many comments have each."""
        return np.bincount(self.matrix.indices, minlength=len(self.names))


class Documents(NamedTuple):
    """Some comments, as the recipe sees them."""

    phrases: Counts
    """Of one to `MOST_WORDS` words; those of the lexicons are always among them."""
    ngrams: Counts
    tokens: NDArray[np.float64]
    """(n,) float64, tokens of each comment, at least 1."""
    style: NDArray[np.float64]
    """(n, k) float64, `style.FEATURES`."""
    words: list[NDArray[np.int64]]
    """Each comment's tokens in order, by their place among the phrases; -1 for one that is not there."""

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return some of the comments, in the order given."""
        return self._replace(
            phrases=self.phrases.take(rows),
            ngrams=self.ngrams.take(rows),
            tokens=self.tokens[rows],
            style=self.style[rows],
            words=[self.words[row] for row in rows],
        )


def read(texts: Sequence[str]) -> Documents:
    """Return comments as the recipe sees them; each row depends on its own comment alone.

    Which phrases and n-grams have a column is decided by all of them, and by how many comments have them. It
    is for `additive.fit_documents` to choose columns by the comments that it learns from.
    """
    tokens = Tokenizer().of_all(texts)
    counts = np.array([len(each) for each in tokens], dtype=np.int64)
    tidied = [tidy(text) for text in texts]
    chunks = [text.lower().split() for text in tidied]
    phrases = count(map(phrases_of, tokens), PHRASE_COMMENTS, always=sorted(chain(*LEXICONS.values())))
    number = {name: place for place, name in enumerate(phrases.names)}
    return Documents(
        phrases=phrases,
        ngrams=_ngrams(chunks),
        tokens=np.maximum(counts, 1).astype(np.float64),
        style=_style(tidied, counts, chunks),
        words=[np.array([number.get(word, -1) for word in each], dtype=np.int64) for each in tokens],
    )


def count(things: Iterable[Iterable[str]], comments: int, always: Iterable[str] = ()) -> Counts:
    """Return the counts of each comment's things.

    Args:
        things: Those of each comment; a thing comes as often as it is there.
        comments: In how many comments a thing has to be, or it has no column.
        always: What has a column anyway.
    """
    numbers: dict[str, int] = {}
    for thing in always:
        numbers.setdefault(thing, len(numbers))
    certain = len(numbers)
    rows = [
        np.array([numbers.setdefault(each, len(numbers)) for each in row], dtype=np.int64) for row in things
    ]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate([*rows, np.zeros(0, dtype=np.int64)])
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), len(numbers)))
    matrix.sum_duplicates()
    often = np.bincount(matrix.indices, minlength=len(numbers)) >= comments
    often[:certain] = True
    return _named(matrix, tuple(numbers), often)


def _named(matrix: Any, names: tuple[str, ...], kept: NDArray[np.bool_]) -> Counts:
    """Return the kept columns, in alphabetical order."""
    order = sorted(np.flatnonzero(kept).tolist(), key=names.__getitem__)
    return Counts(tuple(names[column] for column in order), matrix[:, order].tocsr())


def _style(
    tidied: Sequence[str], tokens: NDArray[np.int64], chunks: Sequence[Sequence[str]]
) -> NDArray[np.float64]:
    """Return the comments' style, read in small batches."""
    cuts = [slice(start, start + BATCH) for start in range(0, len(tidied), BATCH)]
    return np.concatenate([style_of_chunks(tidied[cut], tokens[cut], chunks[cut]) for cut in cuts])


def phrases_of(tokens: Sequence[str]) -> list[str]:
    """Return the words and phrases of a comment, as often as they are there."""
    return [
        " ".join(tokens[start : start + words])
        for words in range(1, MOST_WORDS + 1)
        for start in range(len(tokens) - words + 1)
    ]


def _ngrams(chunks: Sequence[Sequence[str]]) -> Counts:
    """Return the counts of character n-grams, by way of the different chunks, which are far fewer."""
    of_comments = count(chunks, 1)
    of_chunks = count(map(of_chunk, of_comments.names), 1)
    matrix = (of_comments.matrix @ of_chunks.matrix).tocsr()
    often = np.bincount(matrix.indices, minlength=len(of_chunks.names)) >= NGRAM_COMMENTS
    return _named(matrix, of_chunks.names, often)
