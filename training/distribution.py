"""How comments look to a model, so that a stream can be compared with what it learnt from."""

import numpy as np
from numpy.typing import NDArray

from model_service.bundle import Distribution
from model_service.scored import Scored

BINS = 20
LONGEST_POWER = 12
"""Comments of 2 ** LONGEST_POWER tokens and more are in the last bin."""


def distribution_of(scored: Scored) -> Distribution:
    """Return the distribution of what was said of comments that were not learnt from."""
    unknown = scored.unknown / np.maximum(scored.tokens, 1)
    edges = 2 ** np.arange(LONGEST_POWER + 1)  # 1, 2, 4, ...: before the first are comments without a token
    return Distribution(
        scores=_shares(_equal_bins(scored.removed), BINS),
        lengths=_shares(np.searchsorted(edges, scored.tokens, side="right"), len(edges) + 1),
        unknown_tokens=_shares(_equal_bins(unknown), BINS),
    )


def _equal_bins(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of values from 0 to 1."""
    return np.minimum((values * BINS).astype(np.int64), BINS - 1)


def _shares(bins: NDArray[np.int64], count: int) -> list[float]:
    shares: list[float] = (np.bincount(bins, minlength=count) / max(len(bins), 1)).tolist()
    return shares
