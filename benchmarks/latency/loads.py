"""Which loads a contender gets. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks.harness.arguments import above_zero

HALF = "half"
"""Instead of a rate: half of what the contender can do at the most."""

type Wanted = float | str
"""A rate, comments a second, or `HALF`."""


class Step(NamedTuple):
    """One load of a contender."""

    wanted: Wanted
    per_s: float


def wanted(given: str) -> Wanted:
    """Return the rate that was asked for.

    Raises:
        ArgumentTypeError: If it is neither a number above 0 nor `HALF`.
    """
    return HALF if given == HALF else above_zero(given)


def steps(rates: Sequence[Wanted], maximum: float | None) -> Iterator[Step]:
    """Yield the loads that a contender can bear, in the order asked for.

    At a rate above its maximum latency grows for as long as one looks: there is no figure to give.

    Args:
        rates: What was asked for.
        maximum: Comments a second that it can do; None when that is not known.
    """
    for each in rates:
        if isinstance(each, str):
            if maximum is not None:
                yield Step(each, maximum / 2)
        elif maximum is None or each < maximum:
            yield Step(each, each)


def title(each: Wanted) -> str:
    """Return a load's name for tables and pictures."""
    return "half of the maximum" if isinstance(each, str) else f"{each:,g} comments/s"
