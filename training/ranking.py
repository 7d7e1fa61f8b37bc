"""How well probabilities rank, for many weightings of the same comments at once.

A weighting is a resampling: each comment counts as often as it was drawn. The figures are scikit-learn's
`roc_auc_score` and `average_precision_score` with `sample_weight`, which take a millisecond for each.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


class Ranked(NamedTuple):
    """Comments by their probabilities, the highest first; equal ones are taken together."""

    removed: Floats
    """(k, n_distinct) float64, weight of the removed comments of each probability, in each weighting."""
    kept: Floats

    @classmethod
    def of(cls, removed: NDArray[np.bool_], probabilities: Floats, weights: Floats) -> Self:
        """Rank comments.

        Args:
            removed: (n,) bool, at least one.
            probabilities: (n,) float64.
            weights: (k, n) float64, how much each counts.
        """
        order = np.argsort(-probabilities, kind="stable")
        begins = np.flatnonzero(np.diff(probabilities[order], prepend=np.inf))
        weights, truth = weights[:, order], removed[order]
        return cls(*(np.add.reduceat(weights * kind, begins, axis=1) for kind in (truth, ~truth)))

    def roc_auc(self) -> Floats:
        """Return (k,) float64; NaN for a weighting that has comments of one kind alone."""
        above = np.cumsum(self.removed, axis=1)
        wins = (self.kept * (above - self.removed / 2)).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.asarray(wins / (self.removed.sum(axis=1) * self.kept.sum(axis=1)))

    def average_precision(self) -> Floats:
        """Return (k,) float64; NaN for a weighting without a removed comment."""
        found = np.cumsum(self.removed, axis=1)
        taken = found + np.cumsum(self.kept, axis=1)
        precision = found / np.maximum(taken, 1e-300)
        with np.errstate(invalid="ignore"):
            return np.asarray((self.removed * precision).sum(axis=1) / self.removed.sum(axis=1))
