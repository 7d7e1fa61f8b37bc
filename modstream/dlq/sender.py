"""Sends resubmissions, and knows of each whether the broker has it."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from kafka.errors import KafkaError, KafkaTimeoutError
from msgspec import Struct

from modstream.dlq.letters import Resubmission

IN_FLIGHT_BYTES = 16 * 1024 * 1024
"""Bytes that may be unconfirmed at a time."""

FAILURES_NAMED = 20
"""So many failures are named at the most."""

_RECORD_OVERHEAD_BYTES = 1024
"""Memory of one record in flight beside its bytes, roughly."""

_POLL_S = 0.1


class Failure(Struct, frozen=True):
    """A comment that could not be brought back."""

    event_id: str
    reason: str


class Producer(Protocol):
    """The part of `kafka.KafkaProducer` that sending needs."""

    def send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: list[tuple[str, bytes]],
        partition: int,
    ) -> Any:
        """Buffer a record; returns its delivery future, or raises if it cannot be sent at all."""


class Resubmitter:
    """Sends one after the other, in order within a partition."""

    def __init__(self, producer: Producer, topic: str, limit_bytes: int = IN_FLIGHT_BYTES) -> None:
        self._producer = producer
        self._topic = topic
        self._limit_bytes = limit_bytes
        self._in_flight: deque[tuple[Resubmission, Any]] = deque()
        self._in_flight_bytes = 0
        self.sent = 0
        """Confirmed by the broker."""
        self.failed = 0
        """Refused, or not confirmed in time."""
        self.failures: list[Failure] = []
        """The first that failed."""

    def send(self, each: Resubmission, should_stop: Callable[[], bool]) -> bool:
        """Send as soon as there is room; False, and not sent, if asked to stop before."""
        self._settle_done()
        # One that is larger than the limit goes alone.
        while self._in_flight and self._in_flight_bytes + _weight(each) > self._limit_bytes:
            if should_stop():
                return False
            self._settle_oldest(_POLL_S)
        try:
            future = self._producer.send(
                self._topic, value=each.value, key=each.key, headers=each.headers, partition=each.partition
            )
        except KafkaError as error:
            self.fail(each.event_id, _reason(error))
            return True
        self._in_flight.append((each, future))
        self._in_flight_bytes += _weight(each)
        return True

    def finish(self, within_s: float) -> None:
        """Wait until each is confirmed or refused; what is neither by then has failed."""
        deadline = time.monotonic() + within_s
        while self._in_flight and (left_s := deadline - time.monotonic()) > 0:
            self._settle_oldest(left_s)
        for each, _ in self._in_flight:
            self.fail(each.event_id, f"not confirmed within {within_s:g} s of the end")
        self._in_flight.clear()

    def fail(self, event_id: str, reason: str) -> None:
        """Count one that could not be sent."""
        self.failed += 1
        if len(self.failures) < FAILURES_NAMED:
            self.failures.append(Failure(event_id, reason))

    def _settle_done(self) -> None:
        while self._in_flight and self._in_flight[0][1].is_done:
            self._settle_oldest(0.0)

    def _settle_oldest(self, within_s: float) -> None:
        each, future = self._in_flight[0]
        try:
            future.get(timeout=within_s)
        except KafkaError as error:
            if isinstance(error, KafkaTimeoutError) and not future.is_done:
                return
            self.fail(each.event_id, _reason(error))
        else:
            self.sent += 1
        self._in_flight.popleft()
        self._in_flight_bytes -= _weight(each)


def _weight(each: Resubmission) -> int:
    return each.size + _RECORD_OVERHEAD_BYTES


def _reason(error: BaseException) -> str:
    text = str(error)
    return text if type(error).__name__ in text else f"{type(error).__name__}: {text}"
