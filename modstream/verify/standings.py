"""Which combinations of a ledger's flags mean what, worked out once: a million are counted by table."""

from collections import Counter
from collections.abc import Callable, Mapping

from modstream.verify.ledger import (
    ABOVE,
    ALL_FLAGS,
    ANSWERED,
    INPUT,
    LETTER,
    MISMATCH,
    OUTCOME,
    PREDICTED,
    PREDICTED_AGAIN,
    PREDICTION,
    REJECTED,
    RESUBMISSION,
    WARNED,
)

_COMBINATIONS = range(ALL_FLAGS + 1)


def _where(holds: Callable[[int], bool | int]) -> frozenset[int]:
    return frozenset(flags for flags in _COMBINATIONS if holds(flags))


def _recovered(flags: int) -> bool:
    """Tell whether an input was dead-lettered at first, and predicted when it came back."""
    return bool(flags & REJECTED and flags & PREDICTED_AGAIN and not flags & PREDICTED)


STANDINGS: Mapping[str, frozenset[int]] = {
    "inputs": _where(lambda flags: flags & INPUT),
    "resubmitted": _where(lambda flags: flags & RESUBMISSION),
    "predicted": _where(lambda flags: flags & INPUT and (flags & PREDICTED or _recovered(flags))),
    "recovered": _where(lambda flags: flags & INPUT and _recovered(flags)),
    "dead_lettered": _where(lambda flags: flags & INPUT and flags & REJECTED and not _recovered(flags)),
    "missing": _where(
        lambda flags: (
            (flags & INPUT and not flags & OUTCOME) or (flags & RESUBMISSION and not flags & ANSWERED)
        )
    ),
    "orphaned": _where(
        lambda flags: (
            (not flags & INPUT and flags & (PREDICTION | LETTER | WARNED))
            or (flags & ANSWERED and not flags & RESUBMISSION)
        )
    ),
    "alerts": _where(lambda flags: flags & INPUT and flags & WARNED),
    "alerts_missing": _where(lambda flags: flags & INPUT and flags & ABOVE and not flags & WARNED),
    "alerts_unexpected": _where(
        lambda flags: flags & INPUT and flags & WARNED and (flags & MISMATCH or not flags & PREDICTION)
    ),
}
"""By field of the verdict: the combinations that count in it."""

UNSETTLED = (
    STANDINGS["missing"]
    | STANDINGS["alerts_missing"]
    | _where(lambda flags: flags & INPUT and flags & WARNED and not flags & PREDICTION)
)
"""Combinations that a worker which is still behind may yet put right."""


def total(census: Counter[int], combinations: frozenset[int]) -> int:
    """Return how many offsets of a census have one of the combinations."""
    return sum(census[flags] for flags in combinations)
