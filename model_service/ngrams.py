"""Character n-grams of chunks of text, and what they weigh."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

LENGTHS = (2, 3, 4, 5)
"""Characters in an n-gram."""

BITS = 12
MOST_CHARACTERS = 2**BITS - 1
"""Different characters in all n-grams of a model: a number for each of five fits into 64 bits then."""


def of_chunk(chunk: str) -> list[str]:
    """Return the n-grams of a chunk (text without whitespace) with a space at either end, in order of length.

    The space lets them tell the beginning and the end of a word from its middle.
    """
    padded = f" {chunk} "
    return [padded[start : start + length] for length in LENGTHS for start in range(len(padded) - length + 1)]


class NgramWeights:
    """Weights of n-grams, looked up for many chunks at once. Never changes."""

    def __init__(self, ngrams: Sequence[str], weights: NDArray[np.float64]) -> None:
        """Make the table.

        Args:
            ngrams: Different n-grams, with at most `MOST_CHARACTERS` different characters.
            weights: (n,) float64, what each weighs.
        """
        characters = sorted(set(chain.from_iterable(ngrams)))
        self._number = np.zeros(0x110000, dtype=np.int64)  # 0: in no n-gram
        self._number[[ord(character) for character in characters]] = range(1, len(characters) + 1)
        keys = np.array([self._key(ngram) for ngram in ngrams], dtype=np.int64)
        order = np.argsort(keys)
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)  # so that every search ends at a key
        self._weights = np.append(weights[order], 0.0)

    def of_tokens(
        self, chunks: Sequence[str], counts: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return (n_tokens,) float64: what the n-grams weigh whose middle a token holds.

        Args:
            chunks: The chunks.
            counts: (n_chunks,) how many tokens each has, at least one; they make up the chunk.
            lengths: (n_tokens,) how many characters each token has.
        """
        if not chunks:
            return np.zeros(0)
        text = f" {'  '.join(chunks)} "
        numbers = self._number[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)]
        chunk_ends = np.cumsum(counts)
        held = lengths.copy()
        held[chunk_ends - counts] += 1  # the space at the beginning of a chunk
        held[chunk_ends - 1] += 1  # and the one at its end
        holder = np.repeat(np.arange(len(lengths)), held)
        chunk_of = np.repeat(np.arange(len(chunks)), np.add.reduceat(held, chunk_ends - counts))
        tokens, weights = [], []
        keys = numbers
        for length in range(2, max(LENGTHS) + 1):
            last = numbers[length - 1 :]
            # A key with an unknown character in it becomes 0 and stays so.
            keys = np.where((keys[:-1] > 0) & (last > 0), keys[:-1] << BITS | last, 0)
            if length in LENGTHS:
                starts = np.flatnonzero((chunk_of[: -length + 1] == chunk_of[length - 1 :]) & (keys > 0))
                places = np.searchsorted(self._keys, keys[starts])
                known = np.flatnonzero(self._keys[places] == keys[starts])
                tokens.append(holder[starts[known] + length // 2])
                weights.append(self._weights[places[known]])
        return np.asarray(
            np.bincount(np.concatenate(tokens), weights=np.concatenate(weights), minlength=len(lengths)),
            dtype=np.float64,
        )

    def _key(self, ngram: str) -> int:
        key = 0
        for character in ngram:
            key = key << BITS | int(self._number[ord(character)])
        return key
