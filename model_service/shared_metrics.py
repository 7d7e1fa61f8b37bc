"""Seldon's metrics for several processes: each keeps its own, and a copy of it with a manager.

Seldon's own are with the manager alone, which takes six messages there and back for each update.

Imported only inside Seldon's own processes.
"""

import copy
import logging
import os
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from itertools import accumulate
from multiprocessing.managers import SyncManager
from typing import Any

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.utils import INF, floatToGoString
from seldon_core.metrics import BINS, SeldonMetrics

from model_service.reddit_classifier import COMMENTS_SCORED

REQUEST_COMMENTS = "modstream_request_comments"
SIZE_BOUNDS = (*(2.0**power for power in range(13)), INF)
"""Buckets of the texts of a call."""

SIZES = "SIZES"
"""The type under which they are kept, beside Seldon's COUNTER, GAUGE and TIMER: Seldon passes it over."""

_log = logging.getLogger(__name__)


class SharedMetrics(SeldonMetrics):  # type: ignore[misc]  # seldon_core has no types
    """What all of the service's processes have counted, and what the model is."""

    def __init__(  # not super's: it would start a manager as large as this process
        self, manager: SyncManager, model_version: str = "", training_scores: Sequence[float] = ()
    ) -> None:
        """Begin with nothing.

        Args:
            manager: Holds every process's copy; made before the processes are.
            model_version: The bundle's.
            training_scores: Shares of its training comments by probability, in equal bins from 0 to 1.
        """
        self.data: dict[int, Any] = {}
        self.worker_id_func = os.getpid
        self._extra_default_labels: dict[str, str] = {}
        self._everyones = manager.dict()
        self._one_thread = threading.Lock()
        self._lock = nullcontext()  # super's, for a manager that answers one thread at a time
        self._model_version = model_version
        self._training_scores = training_scores

    def __del__(self) -> None:  # not super's: `serve` stops the manager
        pass

    def update(self, custom_metrics: list[dict[str, Any]], method: str) -> None:
        """Count what one call has told."""
        try:
            with self._one_thread:
                super().update(custom_metrics, method)
                mine = self.data[os.getpid()]
                for told in custom_metrics:
                    if told["key"] == COMMENTS_SCORED:
                        _count_size(mine, told["value"], method)
                self._everyones[os.getpid()] = mine
        except (OSError, EOFError) as error:
            _log.error("metrics are lost, their process does not answer: %r", error)

    def collect(self) -> Iterable[Metric]:
        """Return every process's figures, and the model's; prometheus-client calls it."""
        everyone = copy.copy(self)
        everyone.data = self._everyones.copy()
        yield from SeldonMetrics.collect(everyone)
        for process, its in everyone.data.items():
            for (kind, name, _), item in its.items():
                if kind == SIZES:
                    yield _sizes(name, item["value"], *self._merge_labels(str(process), item["tags"]))
        if self._model_version:
            yield from self._of_model()

    def _of_model(self) -> Iterable[Metric]:
        info = GaugeMetricFamily("modstream_model_info", "1 for the model served.", labels=["model_version"])
        info.add_metric([self._model_version], 1.0)
        yield info
        shares = GaugeMetricFamily(
            "modstream_training_probability_share",
            "Share of the training comments whose probability is at most `le`.",
            labels=["model_version", "le"],
        )
        bins = len(self._training_scores)
        for number, share in enumerate(accumulate(self._training_scores), start=1):
            upper = floatToGoString(round(number / bins, 6))  # type: ignore[no-untyped-call]
            shares.add_metric([self._model_version, upper], share)
        yield shares

    def clear(self) -> None:
        """Forget this process's figures."""
        self._everyones.pop(os.getpid(), None)

    @staticmethod
    def _update_hist(x: float, vals: list[float], sumv: float) -> tuple[list[float], float]:
        """Count `x` as super does with `numpy.histogram`, at a tenth of the cost."""
        counts = [float(count) for count in vals]
        if x >= BINS[0]:  # false for NaN as well
            counts[min(bisect_right(BINS, x), len(counts)) - 1] += 1.0
        return counts, sumv + x


def _count_size(mine: dict[Any, Any], texts: float, method: str) -> None:
    """Count a call by its texts; what was there is replaced, since a copy of it may be on its way."""
    key = (SIZES, REQUEST_COMMENTS, method)
    counts, total = mine[key]["value"] if key in mine else ([0] * len(SIZE_BOUNDS), 0.0)
    counts = list(counts)
    counts[bisect_left(SIZE_BOUNDS, texts)] += 1
    mine[key] = {"value": (counts, total + texts), "tags": {"method": method}}


def _sizes(
    name: str, value: tuple[list[int], float], labels: Sequence[str], values: Sequence[str]
) -> HistogramMetricFamily:
    counts, total = value
    family = HistogramMetricFamily(name, "Texts of a call.", labels=labels)
    names = map(floatToGoString, SIZE_BOUNDS)
    family.add_metric(values, list(zip(names, accumulate(counts), strict=True)), total)
    return family
