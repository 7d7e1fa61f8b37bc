"""Why a comment has its probability: what words, phrases and traits add to the log-odds, and where."""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from model_service.parts import Parts, Written
from model_service.places import Placed, cleaned

type Span = tuple[int, int]
"""Characters (code points) of a text: the first, and the one after the last."""


type Occurrence = tuple[int, int, float]
"""Some tokens in a row (the first, and the one after the last), and what they add. A plain tuple: there are a
hundred in a comment."""


class Reason(NamedTuple):
    """A word, phrase or trait, and what it adds to the log-odds of removal; above zero speaks for removal."""

    word: str
    weight: float
    start: int | None = None
    """Its first occurrence in the comment as it was written; None for what belongs to the whole comment."""
    end: int | None = None


class Explanation(Struct, frozen=True):
    """All that adds up to a comment's log-odds."""

    intercept: float
    comment: Placed
    """The cleaned comment."""
    tokens: Sequence[Span]
    """Where each token is in the cleaned comment."""
    occurrences: Sequence[Occurrence]
    """Of words and phrases; one that occurs twice is there twice."""
    traits: Sequence[tuple[str, float]]
    """What the comment as a whole adds, such as its length; names may repeat."""

    @property
    def log_odds(self) -> float:
        """Return the logarithm of P(removed) / P(kept)."""
        return self.intercept + math.fsum(reason.weight for reason in self.reasons())

    def reasons(self, most: int | None = None) -> list[Reason]:
        """Return the `most` weightiest reasons, all of them by default; the weightiest first.

        Occurrences of the same words are one reason. What weighs nothing is left out, and equal ones come in
        alphabetical order.
        """
        text = self.comment.text
        words = [text[start:end] for start, end in self.tokens]
        weights: dict[str, float] = {}
        firsts: dict[str, Span] = {}
        for first, last, weight in self.occurrences:
            name = words[first] if last == first + 1 else " ".join(words[first:last])
            if name in weights:
                weights[name] += weight
            else:
                weights[name], firsts[name] = weight, (first, last)
        traits: dict[str, float] = defaultdict(float)
        for trait, weight in self.traits:
            traits[trait] += weight
        found = [(-abs(weight), name, True) for name, weight in weights.items() if weight]
        found += [(-abs(weight), name, False) for name, weight in traits.items() if weight]
        found.sort()
        return [
            Reason(name, weights[name], *self.span(*firsts[name])) if in_text else Reason(name, traits[name])
            for _, name, in_text in found[:most]
        ]

    def span(self, first: int, last: int) -> Span:
        """Return where some tokens are in the comment as it was written."""
        return self.comment.span(self.tokens[first][0], self.tokens[last - 1][1])

    def shares(self) -> list[float]:
        """Return what each token adds: that of a phrase is split evenly among its tokens."""
        shares = [0.0] * len(self.tokens)
        for first, last, weight in self.occurrences:
            for at in range(first, last):
                shares[at] += weight / (last - first)
        return shares


def explanations(intercept: float, parts: Parts) -> list[Explanation]:
    """Return what the log-odds of each of a batch's comments are made of."""
    written = Written.of(parts.read)
    texts, counts = parts.read.texts, parts.read.tokens.counts
    before = np.repeat(written.begins, counts)
    spans = list(zip((written.starts - before).tolist(), (written.ends - before).tolist(), strict=True))
    return [
        Explanation(
            intercept, cleaned(text), tokens, occurrences, list(zip(parts.traits.names, traits, strict=True))
        )
        for text, tokens, occurrences, traits in zip(
            texts,
            _split(spans, counts),
            _split(_occurrences(parts), np.bincount(parts.occurrences.comment, minlength=len(texts))),
            parts.traits.weights.tolist(),
            strict=True,
        )
    ]


def _occurrences(parts: Parts) -> list[Occurrence]:
    """Return the occurrences in the order of the comments, each counted from its comment's first token."""
    found, counts = parts.occurrences, parts.read.tokens.counts
    order = np.argsort(found.comment, kind="stable")
    first, last = found.first, found.first + found.length
    before = (np.cumsum(counts) - counts)[found.comment]
    columns = (first - before, last - before, found.weight)
    return list(zip(*(column[order].tolist() for column in columns), strict=True))


def _split[Thing](things: list[Thing], counts: NDArray[np.int64]) -> list[list[Thing]]:
    """Return the things cut into parts of so many."""
    ends = np.cumsum(counts).tolist()
    return [things[first:last] for first, last in pairwise([0, *ends])]
