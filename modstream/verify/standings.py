"""Which combinations of a ledger's flags mean what, worked out once: a million are counted by table."""

from collections import Counter
from collections.abc import Callable, Mapping

from modstream.verify.ledger import ABOVE, INPUT, MISMATCH, OUTCOME, PREDICTED, REJECTED, WARNED

_COMBINATIONS = range(2 * max(ABOVE, MISMATCH))


def _where(holds: Callable[[int], bool | int]) -> frozenset[int]:
    return frozenset(flags for flags in _COMBINATIONS if holds(flags))


STANDINGS: Mapping[str, frozenset[int]] = {
    "inputs": _where(lambda flags: flags & INPUT),
    "predicted": _where(lambda flags: flags & INPUT and flags & PREDICTED),
    "dead_lettered": _where(lambda flags: flags & INPUT and flags & REJECTED),
    "missing": _where(lambda flags: flags & INPUT and not flags & OUTCOME),
    "orphaned": _where(lambda flags: not flags & INPUT and flags & (OUTCOME | WARNED)),
    "alerts": _where(lambda flags: flags & INPUT and flags & WARNED),
    "alerts_missing": _where(lambda flags: flags & INPUT and flags & ABOVE and not flags & WARNED),
    "alerts_unexpected": _where(
        lambda flags: flags & INPUT and flags & WARNED and (flags & MISMATCH or not flags & PREDICTED)
    ),
}
"""By field of the verdict: the combinations that count in it."""

UNSETTLED = (
    STANDINGS["missing"]
    | STANDINGS["alerts_missing"]
    | _where(lambda flags: flags & INPUT and flags & WARNED and not flags & PREDICTED)
)
"""Combinations that a worker which is still behind may yet put right."""


def total(census: Counter[int], combinations: frozenset[int]) -> int:
    """Return how many offsets of a census have one of the combinations."""
    return sum(census[flags] for flags in combinations)
