"""How good the model is on comments of some kind: long ones, those with links, those that shout."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.thresholds import Choice, choices

LONG, MEDIUM = 400, 100
"""Characters from which a comment is long, or medium."""

SHOUTED_WORDS = 2
"""An acronym is no shouting; two words in capitals are, or near it."""

_LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
_CAPITALS = re.compile(r"\b[A-Z]{4,}\b")
_QUOTE = re.compile(r"^\s*(?:>|&gt;)", re.MULTILINE)

SLICES: dict[str, Callable[[str], bool]] = {
    "all": lambda text: True,
    f"short (below {MEDIUM} characters)": lambda text: len(text) < MEDIUM,
    f"medium ({MEDIUM} to {LONG - 1})": lambda text: MEDIUM <= len(text) < LONG,
    f"long ({LONG} or more)": lambda text: len(text) >= LONG,
    "with a link": lambda text: bool(_LINK.search(text)),
    "without a link": lambda text: not _LINK.search(text),
    "shouting (two words or more in capitals)": lambda text: len(_CAPITALS.findall(text)) >= SHOUTED_WORDS,
    "with a question mark": lambda text: "?" in text,
    "with a quote": lambda text: bool(_QUOTE.search(text)),
}


class Slice(Struct, frozen=True, kw_only=True):
    """The comments of one kind, and how the model does on them; None for what they cannot tell."""

    name: str
    n: int
    removed: float | None
    """Share that the moderators removed."""
    predicted: float | None
    """Mean P(removed): above `removed`, the model is too strict with this kind."""
    roc_auc: float | None
    """None where all of them were kept, or all removed."""
    choice: Choice
    """What alerts above the threshold are like."""


def slices(
    texts: Sequence[str],
    removed: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    threshold: float,
) -> list[Slice]:
    """Return the slices, those without a comment too.

    Args:
        texts: The comments.
        removed: (n,) bool, what the moderators did.
        probabilities: (n,) float64, P(removed), of a model that has not learnt from these comments.
        threshold: What a probability has to exceed to be an alert.
    """
    return [
        _slice(
            name, np.array([belongs(text) for text in texts], dtype=bool), removed, probabilities, threshold
        )
        for name, belongs in SLICES.items()
    ]


def _slice(
    name: str,
    inside: NDArray[np.bool_],
    all_removed: NDArray[np.bool_],
    all_probabilities: NDArray[np.float64],
    threshold: float,
) -> Slice:
    removed, probabilities = all_removed[inside], all_probabilities[inside]
    n = len(removed)
    if n == 0:
        nothing = Choice(threshold, 0.0, None, None, None)
        return Slice(name=name, n=0, removed=None, predicted=None, roc_auc=None, choice=nothing)
    both = removed.any() and not removed.all()
    return Slice(
        name=name,
        n=n,
        removed=float(np.mean(removed)),
        predicted=float(np.mean(probabilities)),
        roc_auc=float(roc_auc_score(removed, probabilities)) if both else None,
        choice=choices(removed.tolist(), probabilities, [threshold])[0],
    )
