"""Scores with the talk's recipe: TF-IDF and logistic regression for a whole batch, from the weights alone.

The same numbers as scikit-learn's `TfidfVectorizer(sublinear_tf=True, norm="l2")` followed by
`LogisticRegression`, without either.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_service.chunk_table import ChunkTable, Tokens
from model_service.explanation import Explanation, occurrences_of, tokens_of
from model_service.phrases import Found, Ints, Phrases
from model_service.places import cleaned
from model_service.scored import Scored
from model_service.text import clean
from model_service.tokenizer import Tokenizer
from model_service.weights import TfidfWeights


class TfidfScorer:
    """See `scorer.Scorer`."""

    def __init__(self, weights: TfidfWeights, tokenizer: Tokenizer) -> None:
        self._weights = weights
        self._phrases = Phrases(weights.vocabulary)
        self._table = ChunkTable(tokenizer, self._phrases.numbers, _nothing)

    def score(self, texts: Sequence[str]) -> Scored:
        """Return the scores of texts, in the order given."""
        tokens = self._table.read([clean(text).split() for text in texts])
        comment, _, _, value = self._contributions(self._found(tokens), len(texts))
        log_odds = self._weights.intercept + np.bincount(comment, weights=value, minlength=len(texts))
        return Scored(log_odds, tokens.counts, tokens.unknown)

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """Return what each text's log-odds are made of."""
        placed = [cleaned(text) for text in texts]
        tokens = self._table.read([comment.text.split() for comment in placed])
        found = self._found(tokens)
        comment, phrase, count, value = self._contributions(found, len(texts))
        size = max(len(self._weights.vocabulary), 1)
        # What a phrase adds is shared evenly by its occurrences.
        at = np.searchsorted(comment * size + phrase, found.comment * size + found.phrase)
        occurrences = occurrences_of(found, (value / count)[at], tokens)
        return [
            Explanation(self._weights.intercept, *each, ())
            for each in zip(placed, tokens_of(placed, tokens), occurrences, strict=True)
        ]

    def _found(self, tokens: Tokens) -> Found:
        return self._phrases.find(tokens.numbers, tokens.counts)

    def _contributions(self, found: Found, comments: int) -> tuple[Ints, Ints, Ints, NDArray[np.float64]]:
        """Return, for each phrase of each comment once: comment, phrase, count, share of the log-odds."""
        size = max(len(self._weights.vocabulary), 1)
        pair, count = np.unique(found.comment * size + found.phrase, return_counts=True)
        comment, phrase = pair // size, pair % size
        tfidf = (1.0 + np.log(count)) * self._weights.idf[phrase]
        norm = np.sqrt(np.bincount(comment, weights=tfidf * tfidf, minlength=comments))
        return comment, phrase, count, tfidf / norm[comment] * self._weights.coefficients[phrase]


def _nothing(chunks: Sequence[str], counts: Ints, numbers: Ints, lengths: Ints) -> NDArray[np.float64]:
    """Return what tokens weigh by themselves: TF-IDF depends on the whole comment."""
    return np.zeros(len(numbers))
