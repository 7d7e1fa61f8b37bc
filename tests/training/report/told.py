"""Facts for a report, made up and quick to make."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_service.bundle import SCHEMA_VERSION, CodeFacts, DataFacts, Distribution, Manifest
from training.report.facts import Interval, LearningPoint, Standing, Told
from training.sample import generate


def make_manifest(**changes: Any) -> Manifest:
    """Return a valid manifest."""
    whole: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "recipe": "new",
        "code": CodeFacts("0.1.0", "cd" * 32),
        "data": DataFacts("ab" * 32, 200, 70),
        "files": {},
        "parameters": {"tfidf": {"min_df": 3, "ngram_range": [1, 3]}, "C": 1.0},
        "libraries": {"numpy": "1.26.4"},
        "seed": 7,
        "metrics": {},
        "thresholds": {"default": 0.5, "balanced": 0.45},
        "distribution": Distribution(scores=[1.0], lengths=[1.0], unknown_tokens=[1.0]),
    }
    return Manifest(**(whole | changes))


def make_told(n: int = 200, **changes: Any) -> Told:
    """Return facts of `n` synthetic comments, whose probabilities are right more often than not."""
    comments = list(generate(n, 1))
    removed = np.array([each.removed for each in comments], dtype=bool)
    rng = np.random.default_rng(1)
    whole: dict[str, Any] = {
        "model_version": "0123456789abcdef",
        "manifest": make_manifest(),
        "ids": [each.id for each in comments],
        "texts": [each.body for each in comments],
        "removed": removed,
        "probabilities": np.clip(0.3 + 0.35 * removed + rng.normal(0, 0.2, n), 0, 1),
        "talk": np.clip(0.3 + 0.2 * removed + rng.normal(0, 0.2, n), 0, 1),
        "fold": np.arange(n) % 5,
        "leaderboard": [make_standing("new", chosen=True), make_standing("talk")],
        "learning_curve": [
            LearningPoint(comments=80, roc_auc=0.7, average_precision=0.5),
            LearningPoint(comments=160, roc_auc=0.75, average_precision=0.6),
        ],
        "strongest": [("cure", 2.5), ("my doctor", 1.5), ("study", -2.0)],
        "duplicates": [[0, 5], [1, 2, 3]],
        "score": score_by_length,
        "show_texts": False,
        "command": "modstream train --data FILE --out DIR --recipe new --seed 7",
    }
    return Told(**(whole | changes))


def make_standing(name: str, *, chosen: bool = False) -> Standing:
    """Return how a recipe did."""
    return Standing(
        name=name,
        chosen=chosen,
        roc_auc=Interval(0.8, 0.78, 0.82),
        average_precision=Interval(0.6, 0.55, 0.65),
        calibration_error=0.03,
        seconds=4.5,
    )


def score_by_length(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return higher probabilities for longer texts."""
    return np.array([min(len(text) / 100, 1.0) for text in texts])
