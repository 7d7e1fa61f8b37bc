"""From Kafka to the accounts: reads stretches of partitions, each from one offset to another.

aiokafka, not kafka-python: it checks and decodes records in C, some thirty times as many a second.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from modstream.errors import KafkaUnreachableError
from modstream.topic_rights import require_topics
from modstream.verify.errors import ReadingFailedError, ReadingStalledError
from streams import header_names
from streams.kafka_cluster import Cluster
from streams.rights import Right

STALLED_AFTER_S = 30.0
"""How long a broker may give nothing of what it said it has, in seconds."""

REQUEST_TIMEOUT_MS = 10_000

_POLL_S = 0.5
_FETCH_BYTES = 4 * 1024 * 1024
_RECORDS_AT_ONCE = 5_000

Partition = tuple[str, int]
"""Topic and number."""


class Reader:
    """Reads chosen stretches of chosen partitions; belongs to no consumer group and commits nothing."""

    def __init__(self, consumer: Any, partitions: list[Partition]) -> None:
        self._consumer = consumer
        self._partitions = partitions
        consumer.assign(_kafkas(partitions))
        consumer.pause(*_kafkas(partitions))

    def partitions(self, topic: str) -> list[Partition]:
        """Return the partitions of one of the topics that the reader was made for."""
        return [each for each in self._partitions if each[0] == topic]

    async def starts(self, partitions: list[Partition]) -> dict[Partition, int]:
        """Return the first offset that each log still has."""
        return _plain(await self._consumer.beginning_offsets(_kafkas(partitions)))

    async def ends(self, partitions: list[Partition]) -> dict[Partition, int]:
        """Return the offset that each log's next record will have."""
        return _plain(await self._consumer.end_offsets(_kafkas(partitions)))

    async def offsets_at(self, times_ms: Mapping[Partition, int]) -> dict[Partition, int]:
        """Return each log's first offset with that Kafka timestamp or a later one, where there is one."""
        times = {TopicPartition(*where): at_ms for where, at_ms in times_ms.items()}
        found = await self._consumer.offsets_for_times(times)
        return _plain({where: each.offset for where, each in found.items() if each is not None})

    async def read(
        self, stretches: Mapping[Partition, tuple[int, int]], observe: Callable[[ConsumerRecord], None]
    ) -> None:
        """Show `observe` every record of each stretch, half-open, in offset order within a partition.

        Raises:
            ReadingStalledError: If the broker gives nothing for too long.
        """
        ends = {TopicPartition(*where): end for where, (start, end) in stretches.items() if start < end}
        if not ends:
            return
        for where in ends:
            self._consumer.seek(where, stretches[where.topic, where.partition][0])
        self._consumer.resume(*ends)
        loop = asyncio.get_running_loop()
        moved_at = loop.time()
        while ends:
            if await self._read_some(ends, observe):
                moved_at = loop.time()
            elif loop.time() - moved_at > STALLED_AFTER_S:
                where = next(iter(ends))
                position = await self._consumer.position(where)
                raise ReadingStalledError(where.topic, where.partition, position, STALLED_AFTER_S)

    async def _read_some(self, ends: dict[Any, int], observe: Callable[[ConsumerRecord], None]) -> bool:
        """Read once, forget partitions that are done; tells whether anything came."""
        batches = await self._consumer.getmany(
            *ends, timeout_ms=int(_POLL_S * 1000), max_records=_RECORDS_AT_ONCE
        )
        for where, records in batches.items():
            for record in records:
                if record.offset < ends[where]:
                    observe(record)
        # By position, not by the last record: a log may end in transaction markers, which are no records.
        done = [where for where, end in ends.items() if await self._consumer.position(where) >= end]
        self._consumer.pause(*done)
        for where in done:
            del ends[where]
        return bool(batches or done)


@asynccontextmanager
async def reader(cluster: Cluster, topics: list[str]) -> AsyncIterator[Reader]:
    """Connect, and disconnect at the end; inside, the library's errors become ours.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If one of the topics does not exist.
        NotAllowedError: If the cluster does not let this client read one of them.
        ReadingFailedError: If a request fails.
    """
    with _in_our_words(cluster):
        found = await require_topics(cluster, {topic: [Right.READ] for topic in topics})
        partitions = [(topic, number) for topic in topics for number in range(found[topic].partitions)]
        async with _consumer(cluster) as consumer:
            yield Reader(consumer, partitions)


@contextmanager
def _in_our_words(cluster: Cluster) -> Iterator[None]:
    # It would tell the user of every broken connection; what matters is in our error.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        yield
    except KafkaConnectionError as error:
        raise KafkaUnreachableError(cluster.bootstrap) from error
    except KafkaError as error:
        raise ReadingFailedError(cluster.bootstrap, str(error) or type(error).__name__) from error


@asynccontextmanager
async def _consumer(cluster: Cluster) -> AsyncIterator[AIOKafkaConsumer]:
    header_names.install()
    consumer = AIOKafkaConsumer(
        **cluster.for_aiokafka(),
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


def _kafkas(partitions: list[Partition]) -> list[Any]:
    return [TopicPartition(*each) for each in partitions]


def _plain(offsets: Mapping[Any, int]) -> dict[Partition, int]:
    return {(where.topic, where.partition): offset for where, offset in offsets.items()}
