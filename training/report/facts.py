"""What a training report is made of."""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from model_service.bundle import Manifest


class Interval(Struct, frozen=True):
    """A figure, and where it may lie for other comments of the same kind."""

    mean: float
    low: float
    high: float


class Standing(Struct, frozen=True, kw_only=True):
    """How one recipe did among those that were compared."""

    name: str
    chosen: bool
    """Whether the model is made by this one."""
    roc_auc: Interval
    average_precision: Interval
    calibration_error: float
    seconds: float
    """Of CPU time, for all folds and settings."""


class LearningPoint(Struct, frozen=True, kw_only=True):
    """How good a model is that has learnt from so many comments."""

    comments: int
    roc_auc: float
    average_precision: float


class Told(Struct, frozen=True, kw_only=True):
    """All that a report is made of; the comments are `n`, and both kept and removed ones occur."""

    model_version: str
    manifest: Manifest
    ids: Sequence[str]
    texts: Sequence[str]
    removed: NDArray[np.bool_]
    """(n,) bool, what the moderators did."""
    probabilities: NDArray[np.float64]
    """(n,) float64, P(removed) by models of the recipe that have not learnt from the comment."""
    talk: NDArray[np.float64]
    """(n,) float64, the same over the same folds by the talk's recipe."""
    fold: NDArray[np.int64]
    """(n,) int64, which of the models it was."""
    leaderboard: Sequence[Standing]
    """The recipes that were compared, best first; may be empty."""
    learning_curve: Sequence[LearningPoint]
    """Fewest comments first; may be empty."""
    strongest: Sequence[tuple[str, float]]
    """Words and phrases with their weights: positive ones speak for a removal, negative ones against it."""
    duplicates: Sequence[Sequence[int]]
    """Groups of comments that are nearly the same, by their places; may be empty."""
    score: Callable[[Sequence[str]], NDArray[np.float64]]
    """P(removed) of any texts, by the model that has learnt from all comments."""
    show_texts: bool
    """Whether comments may be quoted; where not, they are named by id alone."""
    command: str
    """What makes the model again, as typed into a terminal."""
