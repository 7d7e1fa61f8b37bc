"""Comments that are nearly the same: apart in a split, they would ask a model what it knows already.

Candidates come from MinHash (Broder, "On the resemblance and containment of documents", 1997) with banding
(Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3): comments that agree in one band of
their signatures. Candidates are then compared exactly.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from model_service.text import clean

ALIKE = 0.7
"""Jaccard similarity of two comments' pairs of words from which on they are nearly the same."""

BANDS, ROWS = 16, 4
"""Two comments of similarity s agree in a band with the probability 1 - (1 - s**ROWS)**BANDS: 0.99 at 0.7."""

_PRIME = 2**31 - 1
_WORD = re.compile(r"\w+")


def groups_of(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return (n,) int64, a number for each comment that nearly equal ones share.

    Punctuation, capitals and spaces make no difference. Being nearly the same is taken to be transitive.
    """
    shingles = [_shingles(text) for text in texts]
    pairs = [
        pair
        for pair in sorted(set(_candidates(_signatures(shingles))))
        if _similarity(shingles[pair[0]], shingles[pair[1]]) >= ALIKE
    ]
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    alike = coo_matrix((np.ones(len(pairs)), (left, right)), shape=(len(texts), len(texts)))
    _, groups = connected_components(alike, directed=False)
    return np.asarray(groups, dtype=np.int64)


def members_of(groups: NDArray[np.int64]) -> list[list[int]]:
    """Return the comments of each group of two and more, in order."""
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    return [part.tolist() for part in np.split(order, ends) if len(part) > 1]


def _shingles(text: str) -> frozenset[int]:
    """Return the CRC-32 of each pair of words in a row; of all of it if there are fewer: it may be a link."""
    words = _WORD.findall(clean(text))
    pairs = [" ".join(pair) for pair in pairwise(words)] or [text.casefold().strip()]
    return frozenset(zlib.crc32(pair.encode("utf-8", "surrogatepass")) for pair in pairs)


def _signatures(shingles: Sequence[frozenset[int]]) -> NDArray[np.int64]:
    """Return (n, BANDS * ROWS) int64: the least of a comment's shingles under so many orders."""
    chance = np.random.default_rng(0)
    factor, offset = chance.integers(1, _PRIME, size=(2, BANDS * ROWS), dtype=np.int64)
    flat = np.fromiter((each for some in shingles for each in sorted(some)), dtype=np.int64) % _PRIME
    starts = np.cumsum([0, *map(len, shingles)])[:-1]
    columns = [
        np.minimum.reduceat((flat * a + b) % _PRIME, starts) for a, b in zip(factor, offset, strict=True)
    ]
    return np.column_stack(columns)


def _candidates(signatures: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield pairs of comments that agree in a band: each with the first of those that do."""
    for band in range(BANDS):
        first_with: dict[bytes, int] = {}
        for row, part in enumerate(signatures[:, band * ROWS : (band + 1) * ROWS]):
            first = first_with.setdefault(part.tobytes(), row)
            if first != row:
                yield first, row


def _similarity(left: frozenset[int], right: frozenset[int]) -> float:
    return len(left & right) / len(left | right)
