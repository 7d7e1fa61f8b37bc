"""What has come out of the pipeline so far: pure, fed by whoever reads the topics."""

from array import array
from collections import deque
from dataclasses import dataclass, field

from streams.records import Reason

NEWEST_ALERTS = 8
"""How many alerts are kept for showing."""

RECENT = 2_000
"""Latencies that the live figures are taken from."""


@dataclass(frozen=True)
class AlertLine:
    """One alert as it is shown."""

    probability: float
    comment_id: str
    text: str
    reasons: tuple[Reason, ...]
    """What weighed most, strongest first."""


@dataclass
class Tally:
    """Counts and latencies; the records of the topics are told in any order."""

    inputs: int = 0
    predicted: int = 0
    dead_lettered: int = 0
    alerts: int = 0
    settled: int = 0
    """Comments that have their outcome; a repeated outcome settles nothing."""
    newest: deque[AlertLine] = field(default_factory=lambda: deque(maxlen=NEWEST_ALERTS))
    latencies_ms: array[float] = field(default_factory=lambda: array("d"))
    """From a comment's Kafka timestamp to its prediction's."""
    _input_at_ms: dict[str, int] = field(default_factory=dict)
    _outcome_at_ms: dict[str, int | None] = field(default_factory=dict)
    """Of outcomes that were told before their comment, and of repetitions; None for a dead letter."""

    def see_input(self, event_id: str, at_ms: int) -> None:
        """Count a comment."""
        self.inputs += 1
        if event_id in self._outcome_at_ms:
            self._settle(at_ms, self._outcome_at_ms.pop(event_id))
        else:
            self._input_at_ms[event_id] = at_ms

    def see_prediction(self, event_id: str, at_ms: int) -> None:
        """Count a prediction."""
        self.predicted += 1
        self._see_outcome(event_id, at_ms)

    def see_dead_letter(self, event_id: str) -> None:
        """Count a dead letter."""
        self.dead_lettered += 1
        self._see_outcome(event_id, None)

    def see_alert(self, alert: AlertLine) -> None:
        """Count an alert and keep it for showing."""
        self.alerts += 1
        self.newest.appendleft(alert)

    @property
    def lag(self) -> int:
        """Return how many comments have no outcome yet."""
        return self.inputs - self.settled

    def latency_ms(self, share: float, recent: bool = False) -> float | None:
        """Return the latency that a share of the comments did not exceed; None before the first.

        Args:
            share: Such as 0.5 or 0.99.
            recent: Of the newest predictions alone.
        """
        ordered = sorted(self.latencies_ms[-RECENT:] if recent else self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None

    def _see_outcome(self, event_id: str, at_ms: int | None) -> None:
        if event_id in self._input_at_ms:
            self._settle(self._input_at_ms.pop(event_id), at_ms)
        else:
            self._outcome_at_ms[event_id] = at_ms

    def _settle(self, input_at_ms: int, outcome_at_ms: int | None) -> None:
        self.settled += 1
        if outcome_at_ms is not None:
            self.latencies_ms.append(abs(outcome_at_ms - input_at_ms))
