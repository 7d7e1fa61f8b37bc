"""How cost grows with what is varied: medians, exponents and their intervals. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean, median, stdev

import numpy as np
from msgspec import Struct

from benchmarks.harness.watching import Sample
from benchmarks.scaling.series import Name

CONFIDENCE = 0.95
LEAST_VALUES = 2


class Measure(Struct, frozen=True, kw_only=True):
    """One measurement of one point."""

    series: Name
    value: int
    repetition: int
    comments: int
    cpu_us: Mapping[str, float]
    """CPU time a comment, microseconds, by the part of the pipeline; empty when there were too few."""
    lost: int


class Row(Struct, frozen=True, kw_only=True):
    """The repetitions of one point."""

    series: Name
    value: int
    comments: int
    cpu_us: Mapping[str, float]
    """Medians."""
    least_us: Mapping[str, float]
    most_us: Mapping[str, float]
    lost: int
    """Of all repetitions."""


class Growth(Struct, frozen=True, kw_only=True):
    """How the cost of one part grows over one series: as the value to the power of the exponent."""

    series: Name
    part: str
    exponent: float
    low: float | None
    """Where the exponent is with 95 % confidence; None without repetitions."""
    high: float | None
    first: int
    last: int
    change: float
    """By which share the median changes from the first value to the last."""


def was_seen(samples: Sequence[Sample]) -> bool:
    """Return whether most of the work was done while it was watched; else there is no figure."""
    first = next((each.outputs for each in samples if each.outputs), None)
    return first is not None and 2 * first <= samples[-1].outputs


def rows(measures: Iterable[Measure]) -> list[Row]:
    """Return the medians of each point: series in the order in which they came, values from small on."""
    grouped: dict[Name, dict[int, list[Measure]]] = {}
    for each in measures:
        grouped.setdefault(each.series, {}).setdefault(each.value, []).append(each)
    return [_row(values[value]) for values in grouped.values() for value in sorted(values)]


def _row(group: Sequence[Measure]) -> Row:
    parts = dict.fromkeys(part for each in group for part in each.cpu_us)
    found = {part: [each.cpu_us[part] for each in group if part in each.cpu_us] for part in parts}
    return Row(
        series=group[0].series,
        value=group[0].value,
        comments=group[0].comments,
        cpu_us={part: median(each) for part, each in found.items()},
        least_us={part: min(each) for part, each in found.items()},
        most_us={part: max(each) for part, each in found.items()},
        lost=sum(each.lost for each in group),
    )


def growths(measures: Sequence[Measure]) -> list[Growth]:
    """Return how the cost of each part grows over each series."""
    found = []
    table = rows(measures)
    for series in dict.fromkeys(each.series for each in measures):
        of_series = [each for each in measures if each.series == series]
        for part in dict.fromkeys(part for each in of_series for part in each.cpu_us):
            slopes = _slopes(of_series, part)
            of_part = [row for row in table if row.series == series and part in row.cpu_us]
            costs = [(row.value, row.cpu_us[part]) for row in of_part]
            if not slopes or not costs[0][1]:
                continue
            low, high = interval(slopes)
            found.append(
                Growth(
                    series=series,
                    part=part,
                    exponent=fmean(slopes),
                    low=low,
                    high=high,
                    first=costs[0][0],
                    last=costs[-1][0],
                    change=costs[-1][1] / costs[0][1] - 1,
                )
            )
    return found


def _slopes(measures: Sequence[Measure], part: str) -> list[float]:
    """Return the exponent that each repetition shows by itself."""
    repetitions: dict[int, list[tuple[int, float]]] = {}
    for each in measures:
        if each.cpu_us.get(part):
            repetitions.setdefault(each.repetition, []).append((each.value, each.cpu_us[part]))
    return [exponent(points) for points in repetitions.values() if len(points) >= LEAST_VALUES]


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Return the power of the value that the cost grows with: the least squares slope of the logarithms.

    Args:
        points: Values and costs, all above 0, at least two different values.
    """
    values, costs = np.log(np.array(points, dtype=np.float64)).T
    away = values - values.mean()
    return float(away @ costs / (away @ away))


def interval(found: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """Return where the mean of repetitions is with 95 % confidence (Student's t); nothing of a single one."""
    if len(found) < 2:  # noqa: PLR2004  one has no deviation
        return None, None
    half = students_t(len(found) - 1) * stdev(found) / sqrt(len(found))
    return fmean(found) - half, fmean(found) + half


def students_t(freedom: int) -> float:
    """Return how many standard errors from the mean the interval ends."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
