"""Puts comments on their topic while the broker comes and goes: every one is confirmed in the end.

What was not confirmed is sent again, so the topic may hold a comment twice, as two inputs. That is no matter:
what is on the topic is what verification accounts for.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from modstream.chaos.bad_records import Record
from modstream.chaos.errors import ThreadEndedError
from modstream.replay import Outgoing
from streams.kafka_cluster import Cluster

AT_ONCE = 500
"""Records on their way at a time: what is unconfirmed, and all that memory holds."""

CONFIRMED_WITHIN_S = 30.0
REQUEST_WITHIN_MS = 20_000
CONNECTED_WITHIN_S = 10.0
CLOSED_WITHIN_S = 2.0
AGAIN_AFTER_S = 0.3
NAP_S = 0.02


class Sending(threading.Thread):
    """Sends comments at a rate, and bad records when told to; it waits while there is no broker."""

    def __init__(
        self,
        comments: Iterator[Outgoing],
        per_s: float,
        cluster: Cluster,
        topic: str,
        clock: Callable[[], float],
    ) -> None:
        """Prepare to send; nothing is sent before `start`.

        Args:
            comments: Read one after the other as they are due.
            per_s: Comments a second. Due times are absolute: after a stall it catches up.
            cluster: Where to connect.
            topic: Where to.
            clock: Seconds after the start.
        """
        super().__init__(name="sender", daemon=True)
        self._comments = comments
        self._per_s = per_s
        self._cluster = cluster
        self._topic = topic
        self._clock = clock
        self._bad: deque[Record] = deque()
        self._enough = threading.Event()
        self._drawn = 0
        self._all_drawn = False
        self._error: Exception | None = None
        self.confirmed = 0
        """Records that the broker has confirmed, bad ones too."""
        self.bad = 0
        """Bad records among them."""
        self.repeated = 0
        """Records that were sent again; each may be on the topic twice."""

    def inject(self, record: Record) -> None:
        """Send a record that is no comment, before anything else."""
        self._bad.append(record)

    @property
    def is_done(self) -> bool:
        """Return whether every comment, and every bad record so far, is confirmed.

        Raises:
            ThreadEndedError: If sending ended with an error.
        """
        if self._error is not None:
            raise ThreadEndedError(self.name, self._error) from self._error
        return self._all_drawn and not self._bad and self.confirmed >= self._drawn + self.bad

    def stop(self) -> None:
        """Stop sending; returns when it has, or soon after."""
        self._enough.set()
        if self.is_alive():
            self.join(CLOSED_WITHIN_S + 1.0)

    def run(self) -> None:
        """Send until told to stop."""
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # broken connections are what this is about
        try:
            asyncio.run(self._send())
        except Exception as error:  # the thread's outermost edge: told to whoever asks whether it is done
            self._error = error

    async def _send(self) -> None:
        producer: Any = None
        try:
            while not self._enough.is_set():
                waiting = self._due()
                if not waiting:
                    await asyncio.sleep(NAP_S)
                while waiting and not self._enough.is_set():
                    producer = producer or await self._connected()
                    if producer is None:
                        await asyncio.sleep(AGAIN_AFTER_S)
                        continue
                    left = await self._sent(producer, waiting)
                    self.confirmed += len(waiting) - len(left)
                    self.repeated += len(left)
                    if left:  # its sequence has a hole now: another one takes over
                        await _close(producer)
                        producer = None
                    waiting = left
        finally:
            if producer is not None:
                await _close(producer)

    def _due(self) -> list[Record]:
        """Return the next records: bad ones, and the comments that are due by now."""
        records = []
        while self._bad:
            records.append(self._bad.popleft())
            self.bad += 1
        while not self._all_drawn and len(records) < AT_ONCE and self._drawn < self._due_by_now():
            comment = next(self._comments, None)
            if comment is None:
                self._all_drawn = True
                break
            records.append(Record(comment.id.encode(), comment.value))
            self._drawn += 1
        return records

    def _due_by_now(self) -> float:
        return self._clock() * self._per_s

    async def _connected(self) -> Any:
        """Return a producer, or None when there is no broker to connect to now."""
        producer = AIOKafkaProducer(
            **self._cluster.for_aiokafka(),
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            max_batch_size=262_144,
            request_timeout_ms=REQUEST_WITHIN_MS,
        )
        try:
            async with asyncio.timeout(CONNECTED_WITHIN_S):
                await producer.start()
        except (KafkaError, OSError, TimeoutError):
            await _close(producer)
            return None
        return producer

    async def _sent(self, producer: Any, records: list[Record]) -> list[Record]:
        """Send records; return those which were not confirmed."""
        futures: list[tuple[Record, Any]] = []
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN_S):
                for record in records:
                    future = await producer.send(self._topic, value=record.value, key=record.key)
                    future.add_done_callback(_hear)
                    futures.append((record, future))
                await self._settled([future for _, future in futures])
        except (KafkaError, TimeoutError):
            pass
        done = {id(record) for record, future in futures if _is_confirmed(future)}
        return [record for record in records if id(record) not in done]

    async def _settled(self, futures: list[Any]) -> None:
        """Return when each future is done, or when told to stop."""
        pending = set(futures)
        while pending and not self._enough.is_set():
            _, pending = await asyncio.wait(pending, timeout=AGAIN_AFTER_S)


def _is_confirmed(future: Any) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _hear(future: Any) -> None:
    """Take note of a future's error, which asyncio would else print when nobody waits for it any more."""
    if not future.cancelled():
        future.exception()


async def _close(producer: Any) -> None:
    """Close a producer; one whose broker is gone would wait for it."""
    with contextlib.suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(CLOSED_WITHIN_S):
            await producer.stop()
