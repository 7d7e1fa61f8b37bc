"""What is known of the chunks of comments, as arrays: a comment that repeats chunks costs a lookup for each.

Chunks (the text between whitespace) repeat: of 53 in a real comment, five are new after thousands of others.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import batched, chain, repeat
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model_service.fork_lock import ForkLock
from model_service.phrases import UNKNOWN, Ints
from model_service.tokenizer import Tokenizer

REMEMBERED_CHUNKS = 150_000
"""Chunks after which the table begins anew."""

REMEMBERED_CHARACTERS = 10 * REMEMBERED_CHUNKS
"""Characters after which it does. The chunks of real comments have 7.5 on average; one of 128 emoji has as
many tokens, and without this limit the table could take hundreds of MB."""

LEARNT_AT_ONCE = 2_000
FIRST_ROOM = 4_096


type Weigh = Callable[[Sequence[str], Ints, Ints, Ints], NDArray[np.float64]]
"""Gives a weight to each token of some chunks; takes the chunks, (n_chunks,) how many tokens each has,
(n_tokens,) their numbers and (n_tokens,) how many characters each has."""


class Tokens(NamedTuple):
    """The tokens of a batch of comments."""

    counts: Ints
    """(n_comments,) how many each comment has."""
    numbers: Ints
    """(n_tokens,) each token's number."""
    weights: NDArray[np.float64]
    """(n_tokens,) each token's weight."""
    lengths: Ints
    """(n_tokens,) its characters."""

    @property
    def comments(self) -> Ints:
        """Return (n_tokens,) int64, which comment each token is in."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def unknown(self) -> Ints:
        """Return (n_comments,) int64, how many of each comment's tokens have no number of their own."""
        return np.bincount(self.comments[self.numbers == UNKNOWN], minlength=len(self.counts))

    def only(self, places: Sequence[int]) -> Self:
        """Return the tokens of the comments at these places."""
        kept = np.asarray(places, dtype=np.intp)
        counts = self.counts[kept]
        # Each token's place here, and how much further from the beginning it is in all of them.
        further = (np.cumsum(self.counts) - self.counts)[kept] - (np.cumsum(counts) - counts)
        at = np.arange(counts.sum()) + np.repeat(further, counts)
        return self._replace(
            counts=counts, numbers=self.numbers[at], weights=self.weights[at], lengths=self.lengths[at]
        )


class ChunkTable:
    """Remembers the tokens of chunks, their numbers and weights.

    Bounded: it begins anew when it is full, and holds one batch beyond that at the most. Threads may share
    it.
    """

    def __init__(self, tokenizer: Tokenizer, numbers: Mapping[str, int], weigh: Weigh) -> None:
        self._tokenizer = tokenizer
        self._number = numbers.get
        self._weigh = weigh
        self._lock = ForkLock()
        self._page = _Page()

    def read(self, comments: Sequence[Sequence[str]]) -> Tokens:
        """Return the tokens of comments that are given as chunks."""
        page = self._page
        chunks = list(chain.from_iterable(comments))
        ids = np.fromiter(map(page.ids.__getitem__, chunks), dtype=np.int64, count=len(chunks))
        new = np.flatnonzero(ids < 0)
        if new.size:
            strange = [chunks[at] for at in new]
            self._learn(page, strange)
            ids[new] = [page.ids[chunk] for chunk in strange]
        # The arrays are taken after the ids: they hold all that these lead to, whoever else is learning.
        arrays = page.arrays
        of_chunks = arrays.counts[ids]
        ends = np.cumsum(of_chunks)
        at = np.repeat(arrays.starts[ids] - ends + of_chunks, of_chunks) + np.arange(
            ends[-1] if len(ends) else 0
        )
        chunk_ends = np.cumsum([len(comment) for comment in comments], dtype=np.int64)
        token_ends = np.concatenate(([0], ends))[chunk_ends]
        return Tokens(
            np.diff(token_ends, prepend=0),
            arrays.numbers[at],
            arrays.weights[at],
            arrays.lengths[at],
        )

    def _learn(self, page: "_Page", chunks: Sequence[str]) -> None:
        for some in batched(dict.fromkeys(chunks), LEARNT_AT_ONCE):  # so that others wait for a moment only
            self._learn_some(page, some)

    def _learn_some(self, page: "_Page", chunks: Sequence[str]) -> None:
        with self._lock:
            new = [chunk for chunk in chunks if chunk not in page.ids]
            tokens = self._tokenizer.of_chunks(new)
            flat = list(chain.from_iterable(tokens))
            counts = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
            numbers = np.fromiter(map(self._number, flat, repeat(UNKNOWN)), dtype=np.int64, count=len(flat))
            lengths = np.fromiter(map(len, flat), dtype=np.int64, count=len(flat))
            page.add(new, counts, numbers, self._weigh(new, counts, numbers, lengths), lengths)
            if page.is_full and page is self._page:
                self._page = _Page()  # who is reading the old one goes on with it


class _Arrays(NamedTuple):
    starts: Ints
    """(room for chunks,) where each chunk's tokens begin in the three below."""
    counts: Ints
    """(room for chunks,)"""
    numbers: Ints
    """(room for tokens,)"""
    weights: NDArray[np.float64]
    lengths: Ints


class _Ids(dict[str, int]):
    """The place of each chunk; -1 of others, which a lookup is told in less time than `get` is."""

    def __missing__(self, chunk: str) -> int:
        return -1


class _Page:
    """Chunks and their tokens; only ever added to, so readers need no lock."""

    def __init__(self) -> None:
        self.ids = _Ids()
        starts, counts, numbers, lengths = np.zeros((4, FIRST_ROOM), dtype=np.int64)
        self.arrays = _Arrays(starts, counts, numbers, np.zeros(FIRST_ROOM), lengths)
        self._tokens = 0
        self._characters = 0

    @property
    def is_full(self) -> bool:
        """Return whether it holds so much that another should be begun."""
        return len(self.ids) >= REMEMBERED_CHUNKS or self._characters >= REMEMBERED_CHARACTERS

    def add(
        self,
        chunks: Sequence[str],
        counts: Ints,
        numbers: Ints,
        weights: NDArray[np.float64],
        lengths: Ints,
    ) -> None:
        """Add new chunks; only one thread at a time may."""
        first, last = len(self.ids), len(self.ids) + len(chunks)
        begin, end = self._tokens, self._tokens + len(numbers)
        old = self.arrays
        arrays = _Arrays(
            starts=_with_room(old.starts, last),
            counts=_with_room(old.counts, last),
            numbers=_with_room(old.numbers, end),
            weights=_with_room(old.weights, end),
            lengths=_with_room(old.lengths, end),
        )
        arrays.counts[first:last] = counts
        arrays.starts[first:last] = begin + np.cumsum(counts) - counts
        arrays.numbers[begin:end] = numbers
        arrays.weights[begin:end] = weights
        arrays.lengths[begin:end] = lengths
        # The ids come last: who finds one finds what it leads to.
        self.arrays = arrays
        self._tokens = end
        self._characters += sum(map(len, chunks))
        self.ids.update(zip(chunks, range(first, last), strict=True))


def _with_room[Number: np.generic](array: NDArray[Number], needed: int) -> NDArray[Number]:
    """Return the array, or a copy of twice what is needed if it is too short."""
    if needed <= len(array):
        return array
    longer = np.zeros(2 * needed, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
