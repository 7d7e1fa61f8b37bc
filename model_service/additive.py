"""Scores with the default recipe, whose parts all add up: words, phrases, character n-grams and style.

What a chunk's words and character n-grams weigh never depends on the rest of the comment, so the table of
chunks remembers it with the tokens; only phrases and style are left to be found for each comment.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model_service.chunk_table import ChunkTable, Tokens
from model_service.explanation import Explanation, Reason, explanations
from model_service.ngrams import NgramWeights
from model_service.parts import Occurrences, Parts, Traits, joined
from model_service.phrases import Found, Ints, Phrases
from model_service.reading import Read
from model_service.reasons import weightiest
from model_service.scored import Scored
from model_service.style import FEATURES, GROUPS, standardised, style_of_chunks, usual
from model_service.text import tidy
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights

_TRAITS = tuple(GROUPS[feature] for feature in FEATURES)
"""What each feature is called in an explanation."""


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

    def read(self, texts: Sequence[str]) -> Read:
        """Return texts as the other methods need them."""
        tidied = [tidy(text) for text in texts]
        cleaned = [text.lower() for text in tidied]
        chunks = [text.split() for text in cleaned]
        tokens = self._table.read(chunks)
        style = self._weighed(style_of_chunks(tidied, tokens.counts, chunks))
        return Read(texts, tidied, cleaned, tokens, style)

    def score(self, read: Read) -> Scored:
        """Return the scores of comments, in their order."""
        tokens, phrases, comments = read.tokens, self._longer_phrases(read.tokens), len(read.texts)
        # Sums by `bincount` and `sum` over rows do not depend on what else is in the batch.
        words = np.bincount(tokens.comments, weights=tokens.weights, minlength=comments) + np.bincount(
            phrases.comment, weights=self._weights.phrase_weights[phrases.phrase], minlength=comments
        )
        log_odds = self._weights.intercept + words / self._divisor(tokens) + read.style.sum(axis=1)
        return Scored(log_odds, tokens.counts, tokens.unknown)

    def explain(self, read: Read) -> list[Explanation]:
        """Return what each comment's log-odds are made of."""
        return explanations(self._weights.intercept + float(self._usually.sum()), self._parts(read))

    def reasons(self, read: Read, most: int) -> list[list[Reason]]:
        """Return the weightiest reasons of each comment."""
        return weightiest(self._parts(read), most)

    def _parts(self, read: Read) -> Parts:
        """Return what adds up to each comment's log-odds."""
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
        traits = Traits(_TRAITS, read.style - self._usually)
        return Parts(read, joined(words, longer), traits)

    def _longer_phrases(self, tokens: Tokens) -> Found:
        """Return where phrases of several words are; single words are in the tokens' weights."""
        return self._phrases.find(tokens.numbers, tokens.counts, fewest_words=2)

    def _divisor(self, tokens: Tokens) -> NDArray[np.float64]:
        divisor: NDArray[np.float64] = np.maximum(tokens.counts, 1.0) ** self._weights.power
        return divisor

    def _weighed(self, style: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each feature of style adds to the log-odds, shaped as `style`."""
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
