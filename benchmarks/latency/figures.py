"""From the times on the records to latencies and their quantiles. Pure."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.harness.comments import Mix
from benchmarks.harness.load import Sent
from benchmarks.latency.loads import Wanted

MILLI = 1e3
RESOLUTION_MS = 1.0
"""The broker says at which whole millisecond it appended a record; it was within that one."""

FALLS_BEHIND_MS = 1_000.0
"""If the last comments take so much longer than the first, the contender does not keep up."""

type Latencies = NDArray[np.float64]
"""`(n_outputs,)`, milliseconds, in the order in which the comments were due."""


class Quantiles(Struct, frozen=True):
    """Latencies of the outputs of one kind, milliseconds."""

    outputs: int
    p50: float
    p95: float
    p99: float
    max: float


class Measure(Struct, frozen=True, kw_only=True):
    """One contender at one load."""

    contender: str
    mix: Mix
    wanted: Wanted
    """The rate that was asked for."""
    per_s: float
    """The rate that it is."""
    maximum: float | None
    comments: int
    """With the seconds in which all settles, whose latencies do not count."""
    predictions: Quantiles | None
    alerts: Quantiles | None
    keeps_up: bool
    cpu_us: Mapping[str, float]
    """CPU time a comment, microseconds, by the part of the pipeline."""
    lost: int
    repeated: int
    sent: Sent


class Times:
    """When comments were due and when their outputs came, as the records are read, in any order."""

    def __init__(self) -> None:
        self._due_ms: dict[str, float] = {}
        self._predicted_ms: dict[str, int] = {}
        self._alerted_ms: dict[str, int] = {}

    def due(self, event_id: str, due_s: float) -> None:
        """Note when a comment should have been sent."""
        self._due_ms[event_id] = MILLI * due_s

    def predicted(self, event_id: str, appended_ms: int) -> None:
        """Note when a prediction was appended; of several the first counts."""
        _first(self._predicted_ms, event_id, appended_ms)

    def alerted(self, event_id: str, appended_ms: int) -> None:
        """Note when an alert was appended; of several the first counts."""
        _first(self._alerted_ms, event_id, appended_ms)

    def to_predictions(self, since_s: float) -> Latencies:
        """Return the latencies of predictions whose comments were due then or later."""
        return latencies(self._due_ms, self._predicted_ms, since_s)

    def to_alerts(self, since_s: float) -> Latencies:
        """Return the latencies of alerts whose comments were due then or later."""
        return latencies(self._due_ms, self._alerted_ms, since_s)


def _first(found: dict[str, int], event_id: str, appended_ms: int) -> None:
    found[event_id] = min(appended_ms, found.get(event_id, appended_ms))


def latencies(due_ms: Mapping[str, float], appended_ms: Mapping[str, int], since_s: float) -> Latencies:
    """Return the time from when each comment was due to the end of the millisecond of its append.

    So none is told too short, and none more than a millisecond too long.

    Args:
        due_ms: By event id, milliseconds since the epoch.
        appended_ms: By event id; one that is missing has no latency.
        since_s: Comments that were due earlier do not count, seconds since the epoch.
    """
    both = sorted(
        (due, appended_ms[event_id])
        for event_id, due in due_ms.items()
        if due >= MILLI * since_s and event_id in appended_ms
    )
    pairs = np.array(both, dtype=np.float64).reshape(-1, 2)
    return pairs[:, 1] + RESOLUTION_MS - pairs[:, 0]


def quantiles(found: Latencies) -> Quantiles | None:
    """Return what is told of latencies; each figure is one that occurred. None without any."""
    if not len(found):
        return None
    p50, p95, p99 = np.quantile(found, [0.5, 0.95, 0.99], method="inverted_cdf")
    return Quantiles(len(found), float(p50), float(p95), float(p99), float(found.max()))


def keeps_up(found: Latencies) -> bool:
    """Return whether the last tenth of the comments did not take much longer than the first tenth."""
    tenth = len(found) // 10
    if not tenth:
        return True
    return bool(np.median(found[-tenth:]) - np.median(found[:tenth]) < FALLS_BEHIND_MS)
