"""What has come out of the pipeline so far: pure, fed by whoever reads the topics."""

from array import array
from collections import deque
from dataclasses import dataclass, field

NEWEST_ALERTS = 8
"""How many alerts are kept for showing."""

RECENT = 2_000
"""Latencies that the live figures are taken from."""


@dataclass(frozen=True)
class AlertLine:
    """One alert as it is shown."""

    probability: float
    comment_id: str
    subreddit: str
    text: str
    words: tuple[str, ...]
    """The words that weighed most, strongest first."""


@dataclass
class Tally:
    """Counts and latencies; a record of any topic is told once, in any order."""

    inputs: int = 0
    predicted: int = 0
    dead_lettered: int = 0
    alerts: int = 0
    newest: deque[AlertLine] = field(default_factory=lambda: deque(maxlen=NEWEST_ALERTS))
    latencies_ms: array[float] = field(default_factory=lambda: array("d"))
    """From a comment's Kafka timestamp to its prediction's."""
    _input_at_ms: dict[str, int] = field(default_factory=dict)
    _prediction_at_ms: dict[str, int] = field(default_factory=dict)

    def see_input(self, event_id: str, at_ms: int) -> None:
        """Count a comment."""
        self.inputs += 1
        self._match(event_id, self._input_at_ms, self._prediction_at_ms, at_ms)

    def see_prediction(self, event_id: str, at_ms: int) -> None:
        """Count a prediction."""
        self.predicted += 1
        self._match(event_id, self._prediction_at_ms, self._input_at_ms, at_ms)

    def see_dead_letter(self, event_id: str) -> None:
        """Count a dead letter."""
        self.dead_lettered += 1
        self._input_at_ms.pop(event_id, None)

    def see_alert(self, alert: AlertLine) -> None:
        """Count an alert and keep it for showing."""
        self.alerts += 1
        self.newest.appendleft(alert)

    @property
    def settled(self) -> int:
        """Return how many outcomes there are."""
        return self.predicted + self.dead_lettered

    @property
    def lag(self) -> int:
        """Return how many comments have no outcome yet."""
        return max(0, self.inputs - self.settled)

    def latency_ms(self, share: float, recent: bool = False) -> float | None:
        """Return the latency that a share of the comments did not exceed; None before the first.

        Args:
            share: Such as 0.5 or 0.99.
            recent: Of the newest predictions alone.
        """
        ordered = sorted(self.latencies_ms[-RECENT:] if recent else self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None

    def _match(self, event_id: str, own: dict[str, int], other: dict[str, int], at_ms: int) -> None:
        earlier_ms = other.pop(event_id, None)
        if earlier_ms is None:
            own[event_id] = at_ms
        else:
            self.latencies_ms.append(abs(at_ms - earlier_ms))
