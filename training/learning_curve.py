"""How much a recipe gains from more comments."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from model_service.scorer import Scorer
from training.crossing import folds_of
from training.recipes import Recipe
from training.report.facts import LearningPoint

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
"""Of the comments that are not measured on."""

FOLDS = 3
FEWEST_OF_EACH = 10


def learning_curve(
    recipe: Recipe, texts: Sequence[str], removed: Sequence[bool], seed: int
) -> list[LearningPoint]:
    """Return how good models are that have learnt from so many of the comments, measured on a third of them.

    Shares that have too few comments of a kind are left out.

    Raises:
        NoVocabularyError: If comments have no words in common.
    """
    truth, comments = np.array(removed, dtype=bool), recipe.read(texts)
    fold = folds_of(removed, FOLDS, seed)
    test = np.flatnonzero(fold == 0)
    order = np.random.default_rng(seed).permutation(np.flatnonzero(fold != 0))
    points = []
    for share in SHARES:
        learn = order[: int(len(order) * share)]
        if min(truth[learn].sum(), (~truth[learn]).sum()) < FEWEST_OF_EACH:
            continue
        model = recipe.fit(comments.take(learn), truth[learn].tolist(), seed)
        told = Scorer(model.weights).score([texts[at] for at in test]).removed
        points.append(
            LearningPoint(
                comments=len(learn),
                roc_auc=float(roc_auc_score(truth[test], told)),
                average_precision=float(average_precision_score(truth[test], told)),
            )
        )
    return points
