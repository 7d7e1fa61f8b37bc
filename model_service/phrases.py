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
        self._base = len(words) + 1
        edges, ends = _trie(phrases, self.numbers, self._base)
        self._edge_keys = np.array(sorted(edges), dtype=np.int64)
        self._edge_nodes = np.array([edges[key] for key in sorted(edges)], dtype=np.int64)
        nodes = self._base + len(edges)
        self._phrase_of_node = np.full(nodes, -1, dtype=np.int64)
        self._phrase_of_node[list(ends.keys())] = list(ends.values())
        self._goes_on = np.zeros(nodes, dtype=np.bool_)
        self._goes_on[self._edge_keys // self._base] = True
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
        # In bounds: a living place is followed by at least the unknown word that closes its comment.
        alive = np.flatnonzero(self._goes_on[nodes])
        further = words[places[alive]]
        alive, further = alive[further != UNKNOWN], further[further != UNKNOWN]
        keys = nodes[alive] * self._base + further
        edges = np.searchsorted(self._edge_keys, keys)
        reached = np.flatnonzero(self._edge_keys[np.minimum(edges, len(self._edge_keys) - 1)] == keys)
        return self._edge_nodes[edges[reached]], alive[reached]

    def _ends(self, comment_of: Ints, tokens: Ints, nodes: Ints, length: int) -> Found:
        phrases = self._phrase_of_node[nodes]
        ends = phrases >= 0
        tokens = tokens[ends]
        return Found(comment_of[tokens], tokens, np.full(len(tokens), length), phrases[ends])


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
