"""What scoring finds out of a batch of comments."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


class Scored(NamedTuple):
    """Figures of comments, in their order."""

    log_odds: NDArray[np.float64]
    """(n,) float64, the logarithm of P(removed) / P(kept)."""
    tokens: NDArray[np.int64]
    """(n,) int64, how many each has."""
    unknown: NDArray[np.int64]
    """(n,) int64, how many of these are in no word or phrase of the model."""

    @classmethod
    def of_nothing(cls) -> Self:
        """Return the figures of no comment."""
        return cls(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    @property
    def removed(self) -> NDArray[np.float64]:
        """Return (n,) float64, P(removed) = 1 / (1 + exp(-log_odds)), without ever overflowing."""
        small = np.exp(-np.abs(self.log_odds))
        probabilities: NDArray[np.float64] = np.where(self.log_odds >= 0, 1.0, small) / (1.0 + small)
        return probabilities

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Return (n, 2) float64, columns P(kept) and P(removed)."""
        removed = self.removed
        return np.column_stack((1.0 - removed, removed))
