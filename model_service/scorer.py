"""Scoring from the weights alone: TF-IDF and logistic regression for a whole batch, in numpy.

The same numbers as scikit-learn's `TfidfVectorizer(sublinear_tf=True, norm="l2")` followed by
`LogisticRegression.predict_proba`, without either. Phrases are found by walking a trie of word numbers for
all positions of all comments at once, so no phrase is ever put together as a string.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from model_service.bundle import Weights

UNKNOWN = 0
"""The number of every word that no phrase holds; it stands between comments too, so no phrase spans two."""


class Scorer:
    """Probability of removal of comments given as tokens. Never changes once made: threads may share it.

    Tokens hold no whitespace, as the tokenizer's never do; one that does is unknown to the model.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._vocabulary = weights.vocabulary
        phrases = [feature.split(" ") for feature in weights.vocabulary]
        words = sorted(set(chain.from_iterable(phrases)))
        self._numbers = {word: number for number, word in enumerate(words, start=1)}
        self._base = len(words) + 1
        edges, ends = _trie(phrases, self._numbers, self._base)
        self._edge_keys = np.array(sorted(edges), dtype=np.int64)
        self._edge_nodes = np.array([edges[key] for key in sorted(edges)], dtype=np.int64)
        self._feature_of_node = np.full(self._base + len(edges), -1, dtype=np.int64)
        for node, feature in ends.items():
            self._feature_of_node[node] = feature

    def probabilities(self, comments: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return (n_comments, 2) float64, columns P(kept) and P(removed), in the order given."""
        removed = _sigmoid(self.log_odds(comments))
        return np.column_stack((1.0 - removed, removed))

    def log_odds(self, comments: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """Return (n_comments,) float64: the logarithm of P(removed) / P(kept)."""
        comment, _, value = self._contributions(comments)
        return self._weights.intercept + np.bincount(comment, weights=value, minlength=len(comments))

    def contributions(self, tokens: Sequence[str]) -> dict[str, float]:
        """Return each word's or phrase's signed share of one comment's log-odds.

        They and the intercept add up to `log_odds`: above zero speaks for removal.
        """
        _, features, values = self._contributions([tokens])
        return {self._vocabulary[f]: float(v) for f, v in zip(features, values, strict=True)}

    def explain(self, tokens: Sequence[str], most: int) -> list[tuple[str, float]]:
        """Return the `most` weightiest words and phrases of one comment, by absolute contribution.

        Words that weigh nothing are left out; equal ones come in alphabetical order.
        """
        weighty = [pair for pair in self.contributions(tokens).items() if pair[1] != 0.0]
        return sorted(weighty, key=lambda pair: (-abs(pair[1]), pair[0]))[:most]

    def _contributions(
        self, comments: Sequence[Sequence[str]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return, for each different phrase of each comment: comment, feature, share of the log-odds."""
        comment, feature = self._phrases(comments)
        size = max(len(self._vocabulary), 1)
        pair, count = np.unique(comment * size + feature, return_counts=True)
        comment, feature = pair // size, pair % size
        tfidf = (1.0 + np.log(count)) * self._weights.idf[feature]
        norm = np.sqrt(np.bincount(comment, weights=tfidf * tfidf, minlength=len(comments)))
        return comment, feature, tfidf / norm[comment] * self._weights.coefficients[feature]

    def _phrases(self, comments: Sequence[Sequence[str]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return every occurrence of a phrase of the vocabulary: its comment and its feature."""
        number = self._numbers.get
        numbers: list[int] = []
        for tokens in comments:
            numbers += [number(token, UNKNOWN) for token in tokens]
            numbers.append(UNKNOWN)
        words = np.array(numbers, dtype=np.int64)
        lengths = np.fromiter((len(tokens) + 1 for tokens in comments), dtype=np.int64, count=len(comments))
        comment_at = np.repeat(np.arange(len(comments), dtype=np.int64), lengths)
        places = np.flatnonzero(words)
        nodes = words[places]
        found = [self._ends(comment_at, places, nodes)]
        for further in range(1, self._weights.ngram_range[1]):
            # In bounds: a living place is followed by at least the unknown word that closes its comment.
            nodes, alive = self._step(nodes, words[places + further])
            places = places[alive]
            found.append(self._ends(comment_at, places, nodes))
        comments_found, features_found = zip(*found, strict=True)
        return np.concatenate(comments_found), np.concatenate(features_found)

    def _step(
        self, nodes: NDArray[np.int64], words: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the nodes reached by one more word, and which of the given ones reached one."""
        if not self._edge_keys.size:
            return nodes[:0], np.zeros(nodes.shape, dtype=np.bool_)
        keys = nodes * self._base + words
        at = np.minimum(np.searchsorted(self._edge_keys, keys), self._edge_keys.size - 1)
        alive = self._edge_keys[at] == keys
        return self._edge_nodes[at[alive]], alive

    def _ends(
        self, comment_at: NDArray[np.int64], places: NDArray[np.int64], nodes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        features = self._feature_of_node[nodes]
        ends = features >= 0
        return comment_at[places[ends]], features[ends]


def _trie(
    phrases: Sequence[Sequence[str]], numbers: dict[str, int], base: int
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the trie of some phrases: edges `node * base + word` to node, and which feature ends at a node.

    A phrase's first word is its first node; the nodes below are numbered from `base` on.
    """
    edges: dict[int, int] = {}
    ends: dict[int, int] = {}
    for feature, (first, *rest) in enumerate(phrases):
        node = numbers[first]
        for word in rest:
            node = edges.setdefault(node * base + numbers[word], base + len(edges))
        ends[node] = feature
    return edges, ends


def _sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(-x)) without ever overflowing."""
    small = np.exp(-np.abs(log_odds))
    probabilities: NDArray[np.float64] = np.where(log_odds >= 0, 1.0, small) / (1.0 + small)
    return probabilities
