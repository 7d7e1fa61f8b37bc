"""Words and phrases of a vocabulary, found in the tokens of a whole batch at once.

Phrases are found by walking a trie of word numbers from all places at once, so no phrase is ever put together
as a string.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int64]

UNKNOWN = 0
"""The number of every word that no phrase holds; it stands between comments too, so no phrase spans two."""

FEWEST_BUCKETS = 2**16


class Found(NamedTuple):
    """Occurrences of phrases, by length and then in the order of the text."""

    comment: Ints
    """(n,) which comment each is in."""
    first: Ints
    """(n,) its first token, counted over the whole batch."""
    words: Ints
    """(n,) how many tokens it has."""
    phrase: Ints
    """(n,) which phrase of the vocabulary it is."""


class Phrases:
    """A vocabulary of words and phrases, the words of a phrase joined by one space. Never changes."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        phrases = [phrase.split(" ") for phrase in vocabulary]
        words = sorted(set(chain.from_iterable(phrases)))
        self.numbers = {word: number for number, word in enumerate(words, start=1)}
        """The number of each word; others are `UNKNOWN`."""
        self._base = len(words) + 1 | 1  # odd, so that the low bits of a key depend on all of it
        edges, ends = _trie(phrases, self.numbers, self._base)
        self._edges = _Edges(edges)
        nodes = self._base + len(edges)
        self._phrase_of_node = np.full(nodes, -1, dtype=np.int64)
        self._phrase_of_node[list(ends.keys())] = list(ends.values())
        self.most_words = max(map(len, phrases), default=0)

    def find(self, numbers: Ints, counts: Ints, fewest_words: int = 1) -> Found:
        """Return every occurrence of a phrase.

        Args:
            numbers: (n_tokens,) the numbers of all comments' tokens.
            counts: (n_comments,) how many of these each comment has.
            fewest_words: Shorter phrases are left out.
        """
        comment_of = np.repeat(np.arange(len(counts)), counts)
        # An unknown word closes each comment, so that a place is always followed by another.
        words = np.zeros(len(numbers) + len(counts), dtype=np.int64)
        at = np.arange(len(numbers)) + comment_of
        words[at] = numbers
        tokens = np.flatnonzero(numbers)
        nodes = numbers[tokens]
        found = []
        for length in range(1, self.most_words + 1):
            if length >= fewest_words:
                found.append(self._ends(comment_of, tokens, nodes, length))
            nodes, alive = self._step(nodes, words, at[tokens] + length)
            tokens = tokens[alive]
        if not found:
            return Found(*np.zeros((4, 0), dtype=np.int64))
        return Found(*(np.concatenate(each) for each in zip(*found, strict=True)))

    def _step(self, nodes: Ints, words: Ints, places: Ints) -> tuple[Ints, Ints]:
        """Return the nodes reached by one more word, and which of the given ones reached one."""
        # In bounds: a place is followed by at least the unknown word that closes its comment.
        return self._edges.find(nodes * self._base + words[places])

    def _ends(self, comment_of: Ints, tokens: Ints, nodes: Ints, length: int) -> Found:
        phrases = self._phrase_of_node[nodes]
        ends = phrases >= 0
        tokens = tokens[ends]
        return Found(comment_of[tokens], tokens, np.full(len(tokens), length), phrases[ends])


class _Edges:
    """A hash table of edges, by the low bits of their keys: several times faster than a binary search."""

    def __init__(self, edges: dict[int, int]) -> None:
        keys = np.array(list(edges.keys()), dtype=np.int64)
        buckets = max(FEWEST_BUCKETS, 1 << (4 * len(edges)).bit_length())  # most of them empty
        self._low_bits = buckets - 1
        order = np.argsort(keys & self._low_bits)
        sizes = np.bincount(keys & self._low_bits, minlength=buckets)
        self._largest = int(sizes.max())
        self._is_used = sizes > 0
        self._first = np.cumsum(sizes) - sizes
        """Where the edges of each bucket begin in the two below."""
        self._keys = np.concatenate((keys[order], np.full(self._largest, -1)))
        self._nodes = np.array(list(edges.values()), dtype=np.int64)[order]

    def find(self, keys: Ints) -> tuple[Ints, Ints]:
        """Return the nodes that the keys which are edges lead to, and which of the keys these are."""
        maybe = np.flatnonzero(self._is_used[keys & self._low_bits])
        keys = keys[maybe]
        first = edges = self._first[keys & self._low_bits]
        for further in range(1, self._largest):
            edges = np.where(self._keys[first + further] == keys, first + further, edges)
        are = np.flatnonzero(self._keys[edges] == keys)
        return self._nodes[edges[are]], maybe[are]


def _trie(
    phrases: Sequence[Sequence[str]], numbers: dict[str, int], base: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the trie of some phrases: edges `node * base + word` to node, and which phrase ends at a node.

    A phrase's first word is its first node; the nodes below are numbered from `base` on.
    """
    edges: dict[int, int] = {}
    ends: dict[int, int] = {}
    for phrase, (first, *rest) in enumerate(phrases):
        node = numbers[first]
        for word in rest:
            node = edges.setdefault(node * base + numbers[word], base + len(edges))
        ends[node] = phrase
    return edges, ends
