"""Histograms that are fed a batch at a time: a tenth of what prometheus-client's own cost for each value."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.utils import INF, floatToGoString


class Tallies:
    """How many values fell into which bucket, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """Begin with nothing.

        Args:
            bounds: The buckets' upper bounds, ascending, each belonging to its bucket; one without an end
                comes after them.
        """
        self._bounds = [*bounds, INF]
        self._counts = [0] * len(self._bounds)
        self._sum = 0.0

    def add(self, values: Iterable[float]) -> None:
        """Count values; what is below zero counts as zero, so that the sum never falls."""
        bounds, counts = self._bounds, self._counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
            self._sum += max(value, 0.0)

    def put(self, family: HistogramMetricFamily, labels: Sequence[str] = ()) -> None:
        """Add what was counted to a metric family, under the values of its labels."""
        names = map(floatToGoString, self._bounds)
        family.add_metric(labels, list(zip(names, accumulate(self._counts), strict=True)), self._sum)
