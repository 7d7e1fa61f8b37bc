"""What a recipe has read of a batch of comments: scores and reasons are found in the same reading."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model_service.chunk_table import Tokens


class Read(NamedTuple):
    """A batch of comments, cleaned and cut."""

    texts: Sequence[str]
    """The comments as they were written."""
    tidied: Sequence[str]
    """... after `text.tidy`"""
    cleaned: Sequence[str]
    """... and after `text.clean`."""
    tokens: Tokens
    style: NDArray[np.float64]
    """(n_comments, n_features) float64, what each feature of style adds to the log-odds."""

    def only(self, places: Sequence[int]) -> Self:
        """Return what was read of the comments at these places."""
        return self._replace(
            texts=[self.texts[place] for place in places],
            tidied=[self.tidied[place] for place in places],
            cleaned=[self.cleaned[place] for place in places],
            tokens=self.tokens.only(places),
            style=self.style[np.asarray(places, dtype=np.intp)],
        )
