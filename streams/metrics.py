"""What the worker tells Prometheus, on `/metrics` of its web server; `docs/metrics.md` has the table.

Everything is counted once for a batch, when the broker has all of its outputs, so that a comment counts when
its outcome can be read. What other parts of the worker know anyway is asked of them when Prometheus asks; see
`standing.py`.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import faust
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from streams.dead_letters import OTHER, REASONS
from streams.moderation import Outcome
from streams.tallies import Tallies
from streams.windows import BINS

type Stage = Literal["score", "turn", "windows", "publish"]
STAGES: tuple[Stage, ...] = ("score", "turn", "windows", "publish")

BATCH_BOUNDS = tuple(2.0**power for power in range(13))
"""Comments in a batch."""

STAGE_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
LATENCY_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

PROBABILITY_BOUNDS = tuple(round(number / BINS, 6) for number in range(1, BINS + 1))
"""The bins of the windows' statistics and of the bundle's own distribution."""


class Metrics(Collector):
    """What became of comments and how long it took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Begin to count; the figures are in `registry` from then on."""
        self._comments = Counter(
            "modstream_comments", "Comments that have an outcome on the broker.", registry=registry
        )
        self._predictions = Counter("modstream_predictions", "Predictions published.", registry=registry)
        self._alerts = Counter("modstream_alerts", "Alerts published.", registry=registry)
        self._dead_letters = Counter(
            "modstream_dead_letters", "Comments dead-lettered.", ["reason"], registry=registry
        )
        for reason in (*REASONS.values(), OTHER):
            self._dead_letters.labels(reason)  # from 0 on: what begins at 5 has not increased for Prometheus
        self._batches = Tallies(BATCH_BOUNDS)
        self._stages: dict[Stage, Tallies] = {stage: Tallies(STAGE_BOUNDS_S) for stage in STAGES}
        self._latencies = Tallies(LATENCY_BOUNDS_S)
        self._alerts_since_arrival = Tallies(LATENCY_BOUNDS_S)
        self._alerts_since_event = Tallies(LATENCY_BOUNDS_S)
        self._probabilities = Tallies(PROBABILITY_BOUNDS)
        registry.register(self)

    def count(self, outcomes: Sequence[Outcome], now_s: float) -> None:
        """Count a batch whose outputs the broker has.

        Args:
            outcomes: What became of each record.
            now_s: When the broker had it, seconds since the epoch.
        """
        scored = [each for each in outcomes if each.prediction is not None]
        alerts = [each for each in scored if each.is_alert]
        self._comments.inc(len(outcomes))
        self._predictions.inc(len(scored))
        self._alerts.inc(len(alerts))
        self._batches.add((len(outcomes),))
        for each in outcomes:
            if each.dead_because:
                self._dead_letters.labels(each.dead_because).inc()
        self._probabilities.add(each.prediction.probability for each in scored if each.prediction)
        self._latencies.add(_since_arrival(scored, now_s))
        self._alerts_since_arrival.add(_since_arrival(alerts, now_s))
        self._alerts_since_event.add(
            now_s - each.prediction.created_utc for each in alerts if each.prediction
        )

    @contextmanager
    def timed(self, stage: Stage) -> Any:
        """Take the time that a batch is in a stage of its way; one that ends by an error counts as well."""
        began_s = time.perf_counter()
        try:
            yield
        finally:
            self._stages[stage].add((time.perf_counter() - began_s,))

    def collect(self) -> Iterable[Metric]:
        """Return the histograms; prometheus-client calls it."""
        yield _family("modstream_batch_comments", "Comments of a batch.", self._batches)
        yield _family(
            "modstream_prediction_latency_seconds",
            "From a comment's Kafka timestamp until the broker has its prediction.",
            self._latencies,
        )
        yield _family(
            "modstream_prediction_probability", "Probability of removal of each comment.", self._probabilities
        )
        stages = HistogramMetricFamily(
            "modstream_stage_seconds", "Time of a batch in each stage of its way.", labels=["stage"]
        )
        for stage, tallies in self._stages.items():
            tallies.put(stages, [stage])
        yield stages
        alerts = HistogramMetricFamily(
            "modstream_alert_latency_seconds",
            "Until the broker has an alert, since its comment's Kafka timestamp (arrival) and since the "
            "comment was written (event).",
            labels=["since"],
        )
        self._alerts_since_arrival.put(alerts, ["arrival"])
        self._alerts_since_event.put(alerts, ["event"])
        yield alerts


def _since_arrival(outcomes: Iterable[Outcome], now_s: float) -> Iterable[float]:
    return (now_s - each.record.timestamp_s for each in outcomes)


def _family(name: str, text: str, tallies: Tallies) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, text)
    tallies.put(family)
    return family


def new_registry() -> CollectorRegistry:
    """Return a registry that has what prometheus-client tells of any process."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a gauge beside each counter that says when the process began
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def add_page(app: faust.App, registry: CollectorRegistry) -> None:
    """Add `/metrics` to the worker's web server."""

    @app.page("/metrics", name="metrics")  # type: ignore[untyped-decorator]  # faust is untyped
    async def page(web: Any, request: Any) -> Any:
        return web.bytes(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
