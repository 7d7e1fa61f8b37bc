"""Which threshold to choose: what each of them gives, and some that are worth a name."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import binomtest

STEPS = 1_000
"""Recommended thresholds are whole thousandths."""

TABLE = tuple(tenth / 10 for tenth in range(1, 10))
"""The thresholds that are shown where nobody asks for others."""

PRECISE = 0.8
NEARLY_ALL = 0.9
FEWEST_ALERTS = 20
"""No threshold is recommended for its precision on fewer."""


class Share(Struct, frozen=True):
    """A part of a whole, and where it may lie for other comments of the same kind."""

    share: float
    low: float
    """Wilson's 95% interval begins here."""
    high: float


class Choice(Struct, frozen=True):
    """What alerts above a threshold would be like."""

    threshold: float
    alerts_per_1000: float
    alerts: Share | None
    """Of all comments, those with an alert; None without a comment."""
    precision: Share | None
    """Of the alerts, those that were removed; None without an alert."""
    recall: Share | None
    """Of the removed comments, those with an alert; None where none was removed."""


def choices(
    removed: Sequence[bool], probabilities: NDArray[np.float64], thresholds: Iterable[float] = TABLE
) -> list[Choice]:
    """Return what each threshold gives.

    Args:
        removed: What the moderators did with each comment.
        probabilities: (n,) float64, P(removed), of a model that has not learnt from these comments.
        thresholds: What a probability has to exceed to be an alert.
    """
    truth = np.array(removed, dtype=bool)
    found = []
    for threshold in thresholds:
        alert = probabilities > threshold
        right = int(np.sum(alert & truth))
        found.append(
            Choice(
                threshold=threshold,
                alerts_per_1000=1_000 * float(np.mean(alert)),
                alerts=share_of(int(np.sum(alert)), len(alert)),
                precision=share_of(right, int(np.sum(alert))),
                recall=share_of(right, int(np.sum(truth))),
            )
        )
    return found


def recommended(removed: Sequence[bool], probabilities: NDArray[np.float64]) -> dict[str, float]:
    """Return thresholds by name; arguments as for `choices`.

    - `balanced`: the highest F1.
    - `precision-80`: the most removed comments found while four of five alerts are right; left out where no
      threshold has that precision.
    - `recall-90`: the fewest alerts that find nine of ten removed comments; left out where none do.
    """
    truth = np.array(removed, dtype=bool)
    thresholds = np.arange(STEPS) / STEPS
    alerts = _above(probabilities, thresholds)
    right = _above(probabilities[truth], thresholds)
    precision = right / np.maximum(alerts, 1)
    recall = right / max(int(np.sum(truth)), 1)
    found = {"balanced": float(thresholds[np.argmax(2 * right / np.maximum(alerts + np.sum(truth), 1))])}
    precise = (precision >= PRECISE) & (alerts >= FEWEST_ALERTS)
    if precise.any():
        found["precision-80"] = float(thresholds[np.argmax(precise)])
    nearly_all = np.flatnonzero(recall >= NEARLY_ALL)
    if nearly_all.size:
        found["recall-90"] = float(thresholds[nearly_all[-1]])
    return found


def _above(probabilities: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many probabilities are above each threshold."""
    above: NDArray[np.int64] = len(probabilities) - np.searchsorted(
        np.sort(probabilities), thresholds, side="right"
    )
    return above


def share_of(part: int, whole: int) -> Share | None:
    """Return a part of a whole with its interval; None of nothing."""
    if whole == 0:
        return None
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    return Share(part / whole, float(interval.low), float(interval.high))
