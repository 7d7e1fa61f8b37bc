"""Gathers what the report of a training tells, and has it written."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_service.bundle import TALK, Manifest
from model_service.scorer import Scorer
from model_service.tokenizer import Tokenizer
from model_service.weights import TfidfWeights, Weights
from training.crossing import OutOfFold, out_of_fold
from training.data import Row
from training.documents import phrases_of
from training.duplicates import members_of
from training.learning_curve import learning_curve
from training.recipes import RECIPES, Model
from training.report.facts import Standing, Told
from training.report.writing import write_report

SHOWN_FROM = 5
"""Comments that a word has to be in to be shown: the weight of a rarer one is chance, or a word list's."""


class Findings(NamedTuple):
    """What training has found out."""

    rows: Sequence[Row]
    removed: Sequence[bool]
    crossed: OutOfFold
    model: Model
    leaderboard: Sequence[Standing]
    groups: NDArray[np.int64]
    """(n,) int64, a number for each comment that nearly equal ones share."""


def report(
    path: Path,
    findings: Findings,
    manifest: Manifest,
    model_version: str,
    command: str,
    show_texts: bool,
    on_step: Callable[[str], None],
) -> None:
    """Write the report of a training, with the talk's recipe beside the model's own.

    Raises:
        TrainingError: If it cannot be written.
    """
    rows, removed, crossed, model, standings, groups = findings
    texts, seed, recipe = [row.body for row in rows], manifest.seed, RECIPES[manifest.recipe]
    talk = crossed
    if recipe.name != TALK:
        on_step("cross-validating the talk's recipe on the same folds, for the report")
        talk = out_of_fold(RECIPES[TALK], texts, removed, crossed.fold, seed)
    on_step("measuring how much more comments would help")
    curve = learning_curve(recipe, texts, removed, seed)
    on_step(f"writing {path}")
    scorer = Scorer(model.weights)
    write_report(
        path,
        Told(
            model_version=model_version,
            manifest=manifest,
            ids=[row.id for row in rows],
            texts=texts,
            removed=np.array(removed, dtype=bool),
            probabilities=crossed.probabilities,
            talk=talk.probabilities,
            fold=crossed.fold,
            leaderboard=standings,
            learning_curve=curve,
            strongest=words_of(model.weights, texts),
            duplicates=members_of(groups),
            score=lambda some: scorer.score(some).removed,
            show_texts=show_texts,
            command=command,
        ),
    )


def words_of(weights: Weights, texts: Sequence[str]) -> list[tuple[str, float]]:
    """Return the words and phrases that enough comments have, with their weights."""
    if isinstance(weights, TfidfWeights):
        names, values = weights.vocabulary, weights.coefficients
    else:
        names, values = weights.phrases, weights.phrase_weights
    tokens = Tokenizer().of_all(texts)
    comments = Counter(chain.from_iterable(set(phrases_of(each)) for each in tokens))
    pairs = zip(names, values.tolist(), strict=True)
    return [(name, weight) for name, weight in pairs if comments[name] >= SHOWN_FROM]
