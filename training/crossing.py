"""Cross-validation: what models say of comments that they have not learnt from."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from model_service.scored import Scored
from model_service.scorer import Scorer
from training.recipes import Recipe


class OutOfFold(NamedTuple):
    """What is said of each comment by a model that has not learnt from it."""

    scored: Scored
    fold: NDArray[np.int64]
    """(n,) int64, which model said it."""

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Return (n,) float64, P(removed)."""
        return self.scored.removed


def folds_of(removed: Sequence[bool], folds: int, seed: int) -> NDArray[np.int64]:
    """Return (n,) int64, the fold of each comment: stratified and shuffled, the same for the same seed."""
    fold = np.zeros(len(removed), dtype=np.int64)
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed).split(fold, removed)
    for number, (_, test) in enumerate(splits):
        fold[test] = number
    return fold


def out_of_fold(
    recipe: Recipe,
    texts: Sequence[str],
    removed: Sequence[bool],
    fold: NDArray[np.int64],
    seed: int,
) -> OutOfFold:
    """Return what a recipe says of each comment after it has learnt from the other folds.

    Raises:
        NoVocabularyError: If a fold's others have no words in common.
    """
    comments = recipe.read(texts)
    truth = np.array(removed, dtype=bool)
    scored = Scored(np.zeros(len(truth)), *np.zeros((2, len(truth)), dtype=np.int64))
    for number in np.unique(fold):
        learn, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        model = recipe.fit(comments.take(learn), truth[learn].tolist(), seed)
        for all_of, some in zip(scored, Scorer(model.weights).score([texts[at] for at in test]), strict=True):
            all_of[test] = some
    return OutOfFold(scored, fold)
