"""Sends records, and knows of each whether the broker has it.

The client's own buffer has no bound, so the sender keeps one: no more than `IN_FLIGHT_BYTES` unconfirmed.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from kafka.errors import KafkaError

from modstream.record_size import size_of
from modstream.replay.report import FAILURES_NAMED

IN_FLIGHT_BYTES = 16 * 1024 * 1024
"""Bytes of records that may be unconfirmed at a time."""

_RECORD_OVERHEAD_BYTES = 1024
"""Memory of one record in flight beside its bytes (its future and callbacks), roughly."""

_POLL_S = 0.1

log = logging.getLogger(__name__)


class Producer(Protocol):
    """The part of `kafka.KafkaProducer` that sending needs."""

    def send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: list[tuple[str, bytes]],
        partition: int | None,
    ) -> Any:
        """Buffer a record; returns its delivery future, or raises if it cannot be sent at all."""


class Sendable[Failure](Protocol):
    """A record on its way to a topic."""

    @property
    def key(self) -> bytes | None:
        """Return the record's key."""

    @property
    def value(self) -> bytes | None:
        """Return the record's value."""

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """Return the record's headers."""

    @property
    def partition(self) -> int | None:
        """Return where it must go; None leaves it to the key."""

    def failure(self, reason: str) -> Failure:
        """Return what a report says of it when it could not be sent."""


class Sender[Failure]:
    """Sends records one after the other; confirmations come on the producer's thread."""

    def __init__(self, producer: Producer, topic: str, limit_bytes: int = IN_FLIGHT_BYTES) -> None:
        self._producer = producer
        self._topic = topic
        self._limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._in_flight: dict[int, Sendable[Failure]] = {}
        self._in_flight_bytes = 0
        self._serial = 0
        self.sent = 0
        """Confirmed by the broker."""
        self.failed = 0
        """Refused, or not confirmed in time."""
        self.failures: list[Failure] = []
        """The first that failed."""

    def send(self, record: Sendable[Failure], should_stop: Callable[[], bool]) -> bool:
        """Send a record as soon as there is room; False, and not sent, if asked to stop before."""
        size = size_of(record) + _RECORD_OVERHEAD_BYTES
        if not self._take_room(size, should_stop):
            return False
        with self._changed:
            serial = self._serial = self._serial + 1
            self._in_flight[serial] = record
        try:
            future = self._producer.send(
                self._topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                partition=record.partition,
            )
        except KafkaError as error:
            self._settle(serial, size, error)
            return True
        future.add_callback(lambda metadata: self._settle(serial, size, None))
        future.add_errback(partial(self._settle, serial, size))
        return True

    def finish(self, within_s: float) -> None:
        """Wait until every record is confirmed or refused; what is neither by then has failed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, within_s)
            for record in self._in_flight.values():
                self.fail(record.failure(f"not confirmed within {within_s:g} s of the end"))
            self._in_flight.clear()

    def fail(self, failure: Failure) -> None:
        """Count a record that could not be sent, or not even be had."""
        log.info("not sent: %s", failure)
        with self._changed:
            self.failed += 1
            if len(self.failures) < FAILURES_NAMED:
                self.failures.append(failure)

    def _take_room(self, size: int, should_stop: Callable[[], bool]) -> bool:
        with self._changed:
            # A record larger than the limit goes alone.
            while self._in_flight_bytes and self._in_flight_bytes + size > self._limit_bytes:
                if should_stop():
                    return False
                self._changed.wait(_POLL_S)
            self._in_flight_bytes += size
            return True

    def _settle(self, serial: int, size: int, error: BaseException | None) -> None:
        with self._changed:
            self._in_flight_bytes -= size
            record = self._in_flight.pop(serial, None)
            if record is None:
                return  # given up by finish(): counted already
            if error is None:
                self.sent += 1
            else:
                self.fail(record.failure(_reason(error)))
            self._changed.notify_all()


def _reason(error: BaseException) -> str:
    text = str(error)
    return text if type(error).__name__ in text else f"{type(error).__name__}: {text}"
