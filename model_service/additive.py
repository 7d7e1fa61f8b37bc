"""Scores with the default recipe, whose parts all add up: words, phrases, character n-grams and style.

What a chunk's words and character n-grams weigh never depends on the rest of the comment, so the table of
chunks remembers it with the tokens; only phrases and style are left to be found for each comment.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_service.chunk_table import ChunkTable, Tokens
from model_service.explanation import Explanation, Reason, explanations
from model_service.ngrams import NgramWeights
from model_service.parts import Occurrences, Parts, Traits, joined
from model_service.phrases import Found, Ints, Phrases
from model_service.reasons import weightiest
from model_service.scored import Scored
from model_service.style import FEATURES, GROUPS, standardised, style_of_chunks, usual
from model_service.text import tidy
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights

_TRAITS = tuple(GROUPS[feature] for feature in FEATURES)
"""What each feature is called in an explanation."""


class _Read(NamedTuple):
    """A batch of texts, cleaned and cut."""

    tidied: Sequence[str]
    cleaned: Sequence[str]
    chunks: Sequence[Sequence[str]]
    tokens: Tokens


class AdditiveScorer:
    """See `scorer.Scorer`."""

    def __init__(self, weights: AdditiveWeights, tokenizer: Tokenizer) -> None:
        self._weights = weights
        self._phrases = Phrases(weights.phrases)
        self._ngrams = NgramWeights(weights.ngrams, weights.ngram_weights)
        self._words = np.zeros(len(self._phrases.numbers) + 1)
        """(n_words + 1,) float64, the weight of each word by its number."""
        for phrase, weight in zip(weights.phrases, weights.phrase_weights.tolist(), strict=True):
            if " " not in phrase:
                self._words[self._phrases.numbers[phrase]] = weight
        self._usually = self._weighed(usual(weights.style_means))
        """(n_features,) float64, what style adds to a comment that nothing is to be said of."""
        self._table = ChunkTable(tokenizer, self._phrases.numbers, self._weigh)

    def score(self, texts: Sequence[str]) -> Scored:
        """Return the scores of texts, in the order given."""
        read = self._read(texts)
        tokens, phrases = read.tokens, self._longer_phrases(read.tokens)
        # Sums by `bincount` and `sum` over rows do not depend on what else is in the batch.
        words = np.bincount(tokens.comments, weights=tokens.weights, minlength=len(texts)) + np.bincount(
            phrases.comment, weights=self._weights.phrase_weights[phrases.phrase], minlength=len(texts)
        )
        log_odds = self._weights.intercept + words / self._divisor(tokens) + self._traits(read).sum(axis=1)
        return Scored(log_odds, tokens.counts, tokens.unknown)

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """Return what each text's log-odds are made of."""
        return explanations(self._weights.intercept + float(self._usually.sum()), texts, self._parts(texts))

    def reasons(self, texts: Sequence[str], most: int) -> list[list[Reason]]:
        """Return the weightiest reasons of each text."""
        return weightiest(texts, self._parts(texts), most)

    def _parts(self, texts: Sequence[str]) -> Parts:
        """Return what adds up to each text's log-odds."""
        read = self._read(texts)
        tokens, phrases = read.tokens, self._longer_phrases(read.tokens)
        divisor = self._divisor(tokens)
        comments = tokens.comments
        words = Occurrences(
            comments,
            np.arange(len(comments)),
            np.ones_like(comments),
            tokens.numbers,
            tokens.weights / divisor[comments],
        )
        longer = Occurrences(
            phrases.comment,
            phrases.first,
            phrases.words,
            phrases.phrase + len(self._words),  # beyond the numbers of words
            self._weights.phrase_weights[phrases.phrase] / divisor[phrases.comment],
        )
        # Traits are told against a comment that has none: the absence of a question mark is no reason.
        traits = Traits(_TRAITS, self._traits(read) - self._usually)
        return Parts(read.tidied, read.cleaned, tokens, joined(words, longer), traits)

    def _read(self, texts: Sequence[str]) -> _Read:
        tidied = [tidy(text) for text in texts]
        cleaned = [text.lower() for text in tidied]
        chunks = [text.split() for text in cleaned]
        return _Read(tidied, cleaned, chunks, self._table.read(chunks))

    def _longer_phrases(self, tokens: Tokens) -> Found:
        """Return where phrases of several words are; single words are in the tokens' weights."""
        return self._phrases.find(tokens.numbers, tokens.counts, fewest_words=2)

    def _divisor(self, tokens: Tokens) -> NDArray[np.float64]:
        divisor: NDArray[np.float64] = np.maximum(tokens.counts, 1.0) ** self._weights.power
        return divisor

    def _traits(self, read: _Read) -> NDArray[np.float64]:
        """Return (n_texts, n_features): what each feature of style adds to the log-odds."""
        return self._weighed(style_of_chunks(read.tidied, read.tokens.counts, read.chunks))

    def _weighed(self, style: NDArray[np.float64]) -> NDArray[np.float64]:
        weights = self._weights
        standard = standardised(style, weights.style_means, weights.style_scales, weights.style_limit)
        weighed: NDArray[np.float64] = standard * weights.style_weights
        return weighed

    def _weigh(
        self, chunks: Sequence[str], counts: Ints, numbers: Ints, lengths: Ints
    ) -> NDArray[np.float64]:
        """Return what tokens weigh: their words, and the n-grams whose middle they hold."""
        weights: NDArray[np.float64] = self._words[numbers] + self._ngrams.of_tokens(chunks, counts, lengths)
        return weights
