"""How the worker stands at the moment, for Prometheus: asked of its parts when Prometheus asks."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from streams.health import Report
from streams.offsets import OffsetLedger, Partition
from streams.windows import PartitionWindows


class Guard(Protocol):
    """Asks the classifier; in the worker a `ServiceGuard`."""

    retries: int

    @property
    def away(self) -> bool:
        """Return whether the service is taken to be away."""


class Moderator(Protocol):
    """Knows which model answered last; in the worker a `Moderator`."""

    model_version: str
    threshold: float | None


class Keeper(Protocol):
    """Keeps windows; in the worker a `WindowKeeper`."""

    late: int

    def standing(self) -> Mapping[int, PartitionWindows]:
        """Return the windows of each partition."""


class Health(Protocol):
    """Looks now and then how things are; in the worker a `Health`."""

    lag: Mapping[Partition, int]

    @property
    def stuck_after_s(self) -> float:
        """Return when `/livez` fails, in seconds."""

    @property
    def stuck_for_s(self) -> float:
        """Return for how long comments have waited in vain, in seconds."""

    def ready(self) -> Report:
        """Return whether the worker works on comments."""


class Consumer(Protocol):
    """Fetches and commits; in the worker a `BatchConsumer`."""

    committed_at_s: float
    ledger: OffsetLedger


class Standing(Collector):
    """The gauges of a worker, and the counters that its parts keep."""

    def __init__(
        self,
        topic: str,
        guard: Guard,
        moderator: Moderator,
        keeper: Keeper,
        health: Health,
        consumer: Callable[[], Consumer],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Tell of a worker's parts.

        Args:
            topic: The comments' topic: lag is told of its partitions.
            guard: Asks the classifier.
            moderator: Scores and decides.
            keeper: Keeps the windows.
            health: Looks at lag and progress.
            consumer: Returns the app's consumer, which is made when the app starts.
            clock: Seconds since the epoch.
        """
        self._topic = topic
        self._guard = guard
        self._moderator = moderator
        self._keeper = keeper
        self._health = health
        self._consumer = consumer
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Return the figures as they are now; prometheus-client calls it."""
        yield from self._of_service()
        yield from self._of_offsets()
        yield from self._of_windows()
        health = self._health
        yield _gauge("modstream_stuck_seconds", "How long comments have waited in vain.", health.stuck_for_s)
        yield _gauge(
            "modstream_stuck_after_seconds", "From when on /livez fails for that.", health.stuck_after_s
        )
        yield _gauge(
            "modstream_ready", "1 while /readyz says that comments are worked on.", health.ready().ok
        )

    def _of_service(self) -> Iterable[Metric]:
        yield CounterMetricFamily(
            "modstream_classifier_retries",
            "Calls to the model service that were made again.",
            self._guard.retries,
        )
        yield _gauge(
            "modstream_classifier_away", "1 while the model service is taken to be away.", self._guard.away
        )
        if self._moderator.threshold is not None:
            yield _gauge(
                "modstream_moderation_threshold",
                "Probability above which there are alerts.",
                self._moderator.threshold,
            )
            info = GaugeMetricFamily(
                "modstream_model_info", "1 for the model that answered last.", labels=["model_version"]
            )
            info.add_metric([self._moderator.model_version], 1.0)
            yield info

    def _of_offsets(self) -> Iterable[Metric]:
        lag = GaugeMetricFamily(
            "modstream_lag_comments", "Comments that wait in each partition.", labels=["partition"]
        )
        for where, waiting in self._health.lag.items():
            if where.topic == self._topic:
                lag.add_metric([str(where.partition)], waiting)
        yield lag
        consumer = self._consumer()
        yield _gauge(
            "modstream_last_commit_timestamp_seconds",
            "When offsets were last committed, 0 before the first time.",
            consumer.committed_at_s,
        )
        yield _gauge(
            "modstream_uncommitted_comments",
            "Comments that have an outcome and that no commit has passed.",
            consumer.ledger.unconfirmed(self._topic),
        )

    def _of_windows(self) -> Iterable[Metric]:
        delay = GaugeMetricFamily(
            "modstream_watermark_delay_seconds",
            "The clock less each partition's watermark.",
            labels=["partition"],
        )
        windows = self._keeper.standing()
        now_s = self._clock()
        for partition, its in windows.items():
            if its.watermark_s is not None:
                delay.add_metric([str(partition)], now_s - its.watermark_s)
        yield delay
        yield _gauge(
            "modstream_open_windows",
            "Windows of this worker's partitions that are not final.",
            sum(each.count_open() for each in windows.values()),
        )
        yield CounterMetricFamily(
            "modstream_late_comments", "Comments that counted in no window.", self._keeper.late
        )


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, float(value))
