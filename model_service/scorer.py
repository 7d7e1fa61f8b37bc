"""Scores comments with whatever a bundle holds, a batch at a time."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model_service.additive import AdditiveScorer
from model_service.explanation import Explanation, Reason
from model_service.scored import Scored
from model_service.tfidf import TfidfScorer
from model_service.tokenizer import Tokenizer
from model_service.weights import TfidfWeights, Weights

BATCH_CHARACTERS = 1_000_000
"""Of comments that are scored at once: the arrays take some hundred bytes for each."""

EXPLAINED_CHARACTERS = 100_000
"""Of comments that are explained at once: that takes several hundred bytes for each."""


class Recipe(Protocol):
    """Scores a batch that fits into memory. Threads may share it."""

    def score(self, texts: Sequence[str]) -> Scored:
        """Return the scores of texts, in the order given."""
        ...

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """Return what each text's log-odds are made of."""
        ...

    def reasons(self, texts: Sequence[str], most: int) -> list[list[Reason]]:
        """Return the weightiest reasons of each text, as `explain` would give them."""
        ...


class Scorer:
    """Probability of removal of comments as they were written; threads may share it.

    A comment has the same probability in whatever batch it is, to the last bit.
    """

    def __init__(self, weights: Weights) -> None:
        self._tokenizer = Tokenizer()
        self._recipe: Recipe = (
            TfidfScorer(weights, self._tokenizer)
            if isinstance(weights, TfidfWeights)
            else AdditiveScorer(weights, self._tokenizer)
        )

    def load(self) -> None:
        """Load what takes seconds now, rather than when the first strange word needs it."""
        self._tokenizer.load()

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return (n_texts, 2) float64, columns P(kept) and P(removed), in the order given."""
        removed = self.score(texts).removed
        return np.column_stack((1.0 - removed, removed))

    def score(self, texts: Sequence[str]) -> Scored:
        """Return the scores, in the order given."""
        parts = [Scored.of_nothing(), *map(self._recipe.score, _batches(texts, BATCH_CHARACTERS))]
        return Scored(*map(np.concatenate, zip(*parts, strict=True)))

    def explain(self, texts: Sequence[str]) -> Iterator[Explanation]:
        """Yield what each comment's log-odds are made of; it adds up to them but for rounding.

        An explanation takes some hundred times as much memory as its comment: drop each before the next.
        """
        for batch in _batches(texts, EXPLAINED_CHARACTERS):
            yield from self._recipe.explain(batch)

    def reasons(self, texts: Sequence[str], most: int) -> Iterator[list[Reason]]:
        """Yield the `most` weightiest reasons of each comment: those of `explain`, many times faster."""
        for batch in _batches(texts, EXPLAINED_CHARACTERS):
            yield from self._recipe.reasons(batch, most)


def _batches(texts: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Yield the texts in their order, together only as long as they have no more characters than that."""
    first = characters = 0
    for place, text in enumerate(texts):
        if characters + len(text) > most and place > first:
            yield texts[first:place]
            first, characters = place, 0
        characters += len(text)
    if first < len(texts):
        yield texts[first:]
