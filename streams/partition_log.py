"""Reads partitions of the worker's own topics from their beginning, before it goes on from there."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, stop_after_delay, wait_fixed

from streams.errors import StateError
from streams.kafka_cluster import Cluster
from streams.offsets import Partition

logger = logging.getLogger(__name__)

FETCH_BYTES = 8 * 1024 * 1024
POLL_MS = 500
REST_S = 0.5
ANSWERS_WITHIN_MS = 20_000
WAITS_FOR_MORE_MS = 10
"""How long the broker keeps a fetch where there is nothing: whatever else is asked there waits for it."""


class Extent(NamedTuple):
    """How far a partition goes, and among how many it is."""

    end: int
    """The offset that its next record will have."""
    partitions: int


class PartitionLogs:
    """Reads on connections of its own, which belong to no consumer group."""

    def __init__(self, cluster: Cluster, within_s: float) -> None:
        """Read from a cluster.

        Args:
            cluster: Where to connect.
            within_s: How long to try again while the broker does not give what it has, in seconds.
        """
        self._cluster = cluster
        self._within_s = within_s

    async def newest(self, wheres: Collection[Partition]) -> dict[Partition, dict[bytes, bytes]]:
        """Return, for each partition, the newest value of each key, without those that were deleted.

        Raises:
            StateError: If the broker does not give all of it in time.
        """
        return await self._patiently(self._newest, wheres)

    async def records(self, where: Partition) -> list[Any]:
        """Return a partition's records up to where its end is now.

        Raises:
            StateError: If the broker does not give all of them in time.
        """
        return await self._patiently(self._records, [where])

    async def extents(self, wheres: Collection[Partition]) -> dict[Partition, Extent]:
        """Return how far each partition goes, and how many its topic has.

        Raises:
            StateError: If the broker does not say so in time.
        """
        return await self._patiently(self._extents, wheres)

    async def _patiently[T](
        self, read: Callable[[Collection[Partition]], Awaitable[T]], wheres: Collection[Partition]
    ) -> T:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((KafkaError, OSError)),
            stop=stop_after_delay(self._within_s),
            wait=wait_fixed(REST_S),
            before_sleep=before_sleep_log(logger, logging.WARNING),
            reraise=True,
        )
        try:
            return await retrying(read, wheres)
        except (KafkaError, OSError) as error:
            asked = ", ".join(f"{topic}:{number}" for topic, number in wheres)
            raise StateError(asked, str(error) or type(error).__name__) from error

    async def _extents(self, wheres: Collection[Partition]) -> dict[Partition, Extent]:
        async with self._reading(wheres) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            return {
                where: Extent(ends[where], len(consumer.partitions_for_topic(where.topic)))
                for where in wheres
            }

    async def _newest(self, wheres: Collection[Partition]) -> dict[Partition, dict[bytes, bytes]]:
        newest: dict[Partition, dict[bytes, bytes]] = {where: {} for where in wheres}

        def take(record: Any) -> None:
            values = newest[Partition(record.topic, record.partition)]
            if record.key is not None and record.value is not None:
                values[record.key] = record.value
            elif record.key is not None:
                values.pop(record.key, None)

        await self._read(wheres, take)
        return newest

    async def _records(self, wheres: Collection[Partition]) -> list[Any]:
        found: list[Any] = []
        await self._read(wheres, found.append)
        return found

    async def _read(self, wheres: Collection[Partition], take: Callable[[Any], None]) -> None:
        async with self._reading(wheres) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            positions = await consumer.beginning_offsets(consumer.assignment())
            for where, position in positions.items():
                consumer.seek(where, position)
            moved_s = asyncio.get_running_loop().time()
            while left := [where for where, position in positions.items() if position < ends[where]]:
                batches: Mapping[Any, list[Any]] = await consumer.getmany(*left, timeout_ms=POLL_MS)
                for records in batches.values():
                    for record in records:
                        take(record)
                # Not the last record's: compaction may have removed what was at the end.
                now = {where: await consumer.position(where) for where in left}
                now_s = asyncio.get_running_loop().time()
                if any(now[where] != positions[where] for where in left):
                    moved_s = now_s
                elif now_s - moved_s > self._within_s:
                    raise TimeoutError(f"nothing came for {self._within_s:g} s")
                positions |= now

    @asynccontextmanager
    async def _reading(self, wheres: Collection[Partition]) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            **self._cluster.for_aiokafka(),
            group_id=None,
            enable_auto_commit=False,
            request_timeout_ms=ANSWERS_WITHIN_MS,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=WAITS_FOR_MORE_MS,
        )
        try:
            await consumer.start()
            consumer.assign([TopicPartition(*where) for where in wheres])
            yield consumer
        finally:
            await consumer.stop()
