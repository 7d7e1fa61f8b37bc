"""Sends comments, and knows of each whether the broker has it.

The client's own buffer has no bound, so the sender keeps one: no more than `IN_FLIGHT_BYTES` unconfirmed.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from kafka.errors import KafkaError

from modstream.replay.comments import Outgoing
from modstream.replay.report import FAILURES_NAMED, Failure

IN_FLIGHT_BYTES = 16 * 1024 * 1024
"""Bytes of comments that may be unconfirmed at a time."""

_RECORD_OVERHEAD_BYTES = 1024
"""Memory of one record in flight beside its bytes (its future and callbacks), roughly."""

_POLL_S = 0.1

log = logging.getLogger(__name__)


class Producer(Protocol):
    """The part of `kafka.KafkaProducer` that sending needs."""

    def send(self, topic: str, value: bytes, key: bytes) -> Any:
        """Buffer a record; returns its delivery future, or raises if it cannot be sent at all."""


class Sender:
    """Sends comments one after the other; confirmations come on the producer's thread."""

    def __init__(self, producer: Producer, topic: str, limit_bytes: int = IN_FLIGHT_BYTES) -> None:
        self._producer = producer
        self._topic = topic
        self._limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._in_flight: dict[int, Outgoing] = {}
        self._in_flight_bytes = 0
        self._serial = 0
        self.sent = 0
        """Confirmed by the broker."""
        self.failed = 0
        """Refused, or not confirmed in time."""
        self.failures: list[Failure] = []
        """The first that failed."""

    def send(self, comment: Outgoing, should_stop: Callable[[], bool]) -> bool:
        """Send a comment as soon as there is room; False, and not sent, if asked to stop before."""
        size = len(comment.value) + _RECORD_OVERHEAD_BYTES
        if not self._take_room(size, should_stop):
            return False
        with self._changed:
            serial = self._serial = self._serial + 1
            self._in_flight[serial] = comment
        try:
            future = self._producer.send(self._topic, value=comment.value, key=comment.id.encode())
        except KafkaError as error:
            self._settle(serial, size, error)
            return True
        future.add_callback(lambda metadata: self._settle(serial, size, None))
        future.add_errback(partial(self._settle, serial, size))
        return True

    def finish(self, within_s: float) -> None:
        """Wait until every comment is confirmed or refused; what is neither by then has failed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, within_s)
            for comment in self._in_flight.values():
                self._fail(comment, f"not confirmed within {within_s:g} s of the end")
            self._in_flight.clear()

    def _take_room(self, size: int, should_stop: Callable[[], bool]) -> bool:
        with self._changed:
            # A comment larger than the limit goes alone.
            while self._in_flight_bytes and self._in_flight_bytes + size > self._limit_bytes:
                if should_stop():
                    return False
                self._changed.wait(_POLL_S)
            self._in_flight_bytes += size
            return True

    def _settle(self, serial: int, size: int, error: BaseException | None) -> None:
        with self._changed:
            self._in_flight_bytes -= size
            comment = self._in_flight.pop(serial, None)
            if comment is None:
                return  # given up by finish(): counted already
            if error is None:
                self.sent += 1
            else:
                self._fail(comment, _reason(error))
            self._changed.notify_all()

    def _fail(self, comment: Outgoing, reason: str) -> None:
        self.failed += 1
        log.info("%s (%s) was not sent: %s", comment.id, comment.origin, reason)
        if len(self.failures) < FAILURES_NAMED:
            self.failures.append(Failure(comment.id, comment.origin, reason))


def _reason(error: BaseException) -> str:
    text = str(error)
    return text if type(error).__name__ in text else f"{type(error).__name__}: {text}"
