"""Scores with the talk's recipe: TF-IDF and logistic regression for a whole batch, from the weights alone.

The same numbers as scikit-learn's `TfidfVectorizer(sublinear_tf=True, norm="l2")` followed by
`LogisticRegression`, without either.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_service.chunk_table import ChunkTable, Tokens
from model_service.explanation import Explanation, Reason, explanations
from model_service.parts import Occurrences, Parts, Traits
from model_service.phrases import Found, Ints, Phrases
from model_service.reading import Read
from model_service.reasons import weightiest
from model_service.scored import Scored
from model_service.text import tidy
from model_service.tokenizer import Tokenizer
from model_service.weights import TfidfWeights


class TfidfScorer:
    """See `scorer.Scorer`."""

    def __init__(self, weights: TfidfWeights, tokenizer: Tokenizer) -> None:
        self._weights = weights
        self._phrases = Phrases(weights.vocabulary)
        self._table = ChunkTable(tokenizer, self._phrases.numbers, _nothing)

    def read(self, texts: Sequence[str]) -> Read:
        """Return texts as the other methods need them."""
        tidied = [tidy(text) for text in texts]
        cleaned = [text.lower() for text in tidied]
        tokens = self._table.read([text.split() for text in cleaned])
        return Read(texts, tidied, cleaned, tokens, np.zeros((len(texts), 0)))

    def score(self, read: Read) -> Scored:
        """Return the scores of comments, in their order."""
        tokens, comments = read.tokens, len(read.texts)
        comment, _, _, value = self._contributions(self._found(tokens), comments)
        log_odds = self._weights.intercept + np.bincount(comment, weights=value, minlength=comments)
        return Scored(log_odds, tokens.counts, tokens.unknown)

    def explain(self, read: Read) -> list[Explanation]:
        """Return what each comment's log-odds are made of."""
        return explanations(self._weights.intercept, self._parts(read))

    def reasons(self, read: Read, most: int) -> list[list[Reason]]:
        """Return the weightiest reasons of each comment."""
        return weightiest(self._parts(read), most)

    def _parts(self, read: Read) -> Parts:
        """Return what adds up to each comment's log-odds."""
        found = self._found(read.tokens)
        comment, phrase, count, value = self._contributions(found, len(read.texts))
        size = max(len(self._weights.vocabulary), 1)
        # What a phrase adds is shared evenly by its occurrences.
        at = np.searchsorted(comment * size + phrase, found.comment * size + found.phrase)
        occurrences = Occurrences(
            found.comment, found.first, found.words, found.phrase + 1, (value / count)[at]
        )
        return Parts(read, occurrences, Traits((), read.style))

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
