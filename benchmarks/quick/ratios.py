"""What each of ours is beside the bare loop of the same round. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from statistics import fmean, stdev

from msgspec import Struct

from benchmarks.throughput.figures import LIMIT, Measure

LEAST_TOLERANCE = 0.1
"""As a share of the mean: rounds that happened to agree promise nothing of the next."""
DEVIATIONS = 2.0
"""One round in twenty is so many standard deviations away by noise alone; three in a row are not."""


class Quantity(StrEnum):
    """What is compared."""

    RATE = "comments/s"
    CPU = "µs CPU a comment"
    """Of worker, service and broker together."""

    @property
    def more_is_better(self) -> bool:
        """Return whether a larger one is faster."""
        return self is Quantity.RATE


class Ratio(Struct, frozen=True, kw_only=True):
    """One quantity of one contender, as a multiple of the bare loop's."""

    contender: str
    quantity: Quantity
    rounds: list[float]

    @property
    def mean(self) -> float:
        """Return the mean of the rounds."""
        return fmean(self.rounds)

    @property
    def tolerance(self) -> float:
        """Return how far a single round may be from the mean, as a share of it."""
        if len(self.rounds) < 2:  # noqa: PLR2004  one has no deviation
            return LEAST_TOLERANCE
        return max(LEAST_TOLERANCE, DEVIATIONS * stdev(self.rounds) / self.mean)


def ratios(measures: Iterable[Measure]) -> list[Ratio]:
    """Return the ratios of all contenders but the bare loop itself, from the rounds that have figures."""
    measures = [*measures]
    limits = {each.round: each for each in measures if each.contender == LIMIT}
    found: dict[tuple[str, Quantity], list[float]] = {}
    for each in measures:
        limit = limits.get(each.round)
        if each.contender == LIMIT or limit is None:
            continue
        for quantity in Quantity:
            mine, others = _value(each, quantity), _value(limit, quantity)
            if mine and others:
                found.setdefault((each.contender, quantity), []).append(mine / others)
    return [
        Ratio(contender=contender, quantity=quantity, rounds=rounds)
        for (contender, quantity), rounds in found.items()
    ]


def _value(measure: Measure, quantity: Quantity) -> float | None:
    return measure.comments_per_s if quantity is Quantity.RATE else sum(measure.cpu_us.values())
