"""Scores comments with whatever a bundle holds, a batch at a time."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from model_service.additive import AdditiveScorer
from model_service.explanation import Explanation, Reason
from model_service.fork_lock import ForkLock
from model_service.reading import Read
from model_service.scored import Scored
from model_service.tfidf import TfidfScorer
from model_service.tokenizer import Tokenizer
from model_service.weights import TfidfWeights, Weights

BATCH_CHARACTERS = 1_000_000
"""Of comments that are scored at once: the arrays take some hundred bytes for each."""

SHORT_CHARACTERS = 10_000
"""A batch of no more is scored at once, whoever else is: health is asked with one word."""

EXPLAINED_CHARACTERS = 100_000
"""Of comments that are explained at once: that takes several hundred bytes for each."""


class Recipe(Protocol):
    """Scores a batch that fits into memory. Threads may share it."""

    def read(self, texts: Sequence[str]) -> Read:
        """Return texts as the other methods need them."""
        ...

    def score(self, read: Read) -> Scored:
        """Return the scores of comments, in their order."""
        ...

    def explain(self, read: Read) -> list[Explanation]:
        """Return what each comment's log-odds are made of."""
        ...

    def reasons(self, read: Read, most: int) -> list[list[Reason]]:
        """Return the weightiest reasons of each comment, as `explain` would give them."""
        ...


class Asked(NamedTuple):
    """Which texts reasons are asked for, and how many."""

    above: float
    """Those whose P(removed) is strictly above this, ..."""
    longest: int
    """... and which have no more characters than this."""
    most: int
    """Reasons of each, at the most."""


class Scorer:
    """Probability of removal of comments as they were written; threads may share it.

    They take turns with what is not short: batches that are scored side by side in one process are all done
    late, and nobody works on the answers meanwhile. A comment has the same probability in whatever batch it
    is, to the last bit.
    """

    def __init__(self, weights: Weights) -> None:
        self._tokenizer = Tokenizer()
        self._turn = ForkLock()
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
        return self.score(texts).probabilities

    def score(self, texts: Sequence[str]) -> Scored:
        """Return the scores, in the order given."""
        scored, _ = self.score_and_explain(texts, None)
        return scored

    def score_and_explain(
        self, texts: Sequence[str], asked: Asked | None
    ) -> tuple[Scored, dict[int, list[Reason]]]:
        """Return what `score` does, and by their places the texts that reasons were asked for.

        They are those of `reasons`, but each text is read only once.
        """
        parts, reasons = [Scored.of_nothing()], dict[int, list[Reason]]()
        first = 0
        for batch in _batches(texts, BATCH_CHARACTERS):
            with self._turn if sum(map(len, batch)) > SHORT_CHARACTERS else nullcontext():
                scored, found = self._of_batch(batch, asked)
            parts.append(scored)
            reasons |= {first + place: some for place, some in found.items()}
            first += len(batch)
        return Scored(*map(np.concatenate, zip(*parts, strict=True))), reasons

    def explain(self, texts: Sequence[str]) -> Iterator[Explanation]:
        """Yield what each comment's log-odds are made of; it adds up to them but for rounding.

        An explanation takes some hundred times as much memory as its comment: drop each before the next.
        """
        for batch in _batches(texts, EXPLAINED_CHARACTERS):
            yield from self._recipe.explain(self._recipe.read(batch))

    def reasons(self, texts: Sequence[str], most: int) -> Iterator[list[Reason]]:
        """Yield the `most` weightiest reasons of each comment: those of `explain`, many times faster."""
        for batch in _batches(texts, EXPLAINED_CHARACTERS):
            yield from self._recipe.reasons(self._recipe.read(batch), most)

    def _of_batch(self, texts: Sequence[str], asked: Asked | None) -> tuple[Scored, dict[int, list[Reason]]]:
        read = self._recipe.read(texts)
        scored = self._recipe.score(read)
        reasons: dict[int, list[Reason]] = {}
        if asked:
            for some in _asked_for(asked, texts, scored):
                reasons |= zip(some, self._recipe.reasons(read.only(some), asked.most), strict=True)
        return scored, reasons


def _asked_for(asked: Asked, texts: Sequence[str], scored: Scored) -> Iterator[Sequence[int]]:
    """Yield the places of the texts that reasons were asked for, of as many as are explained at once."""
    above = np.flatnonzero(scored.removed > asked.above).tolist()
    places = [place for place in above if len(texts[place]) <= asked.longest]
    left = iter(places)
    for batch in _batches([texts[place] for place in places], EXPLAINED_CHARACTERS):
        yield list(islice(left, len(batch)))


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
