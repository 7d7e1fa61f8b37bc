"""Records that are sent a batch at a time arrive as if they had been sent one by one."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder
from kafka.partitioner import DefaultPartitioner

from streams import record_batches
from streams.kafka_cluster import Cluster
from streams.limits import OVERHEAD_OF_A_BATCH, Limits
from streams.offsets import Partition
from streams.partition_log import PartitionLogs
from streams.records import Output
from streams.topics import Topics

pytestmark = pytest.mark.kafka

BATCH_BYTES = 10_000

default = DefaultPartitioner().partition


@pytest.fixture
async def producer(cluster: Cluster) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.servers,
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        linger_ms=3_600_000,  # whoever waits for a batch to fill waits in vain
    )
    await producer.start()
    yield producer
    await producer.stop()


async def on(cluster: Cluster, topic: str, partition: int) -> list[tuple[object, object, object]]:
    """Return key, value and headers of each record of a partition."""
    records = await PartitionLogs(cluster, 20.0).records(Partition(topic, partition))
    return [(each.key, each.value, list(each.headers)) for each in records]


async def test_records_arrive_whole_and_in_order_over_many_batches(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name = topics.predictions.name
    sent = [
        Output(name, number % 2, b"%d" % number, b"v" * (number % 700), [("h", b"%d" % number)])
        for number in range(200)
    ]
    confirmations = await record_batches.send(producer, sent)
    await asyncio.gather(*confirmations)
    assert 2 < len(confirmations) < len(sent), "several batches, and less than one for each record"
    for partition in range(2):
        expected = [(each.key, each.value, each.headers) for each in sent if each.partition == partition]
        assert await on(cluster, name, partition) == expected


async def test_records_without_key_or_value_and_larger_than_a_batch_arrive(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name = topics.predictions.name
    shapes = [(b"k", None), (None, b"v"), (b"large", b"x" * 3 * BATCH_BYTES), (b"after", b"it")]
    confirmations = await record_batches.send(producer, [Output(name, 0, *each, []) for each in shapes])
    await asyncio.gather(*confirmations)
    assert await on(cluster, name, 0) == [(*each, []) for each in shapes]


async def test_key_decides_as_kafkas_default_has_it_where_no_partition_is_named(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name = topics.predictions.name
    sent = [Output(name, None, b"key%d" % (number % 10), b"%d" % number, []) for number in range(40)]
    await asyncio.gather(*await record_batches.send(producer, sent))
    numbers = set(range(topics.predictions.partitions))
    partitions = SimpleNamespace(
        topics=lambda: {name}, partitions_for_topic=lambda _: numbers, available_partitions_for_topic=list
    )
    chosen = {each.key: default(name, each.key, each.key, None, None, partitions) for each in sent}
    assert len(set(chosen.values())) > 1
    for number in numbers:
        expected: list[object] = [(each.key, each.value, []) for each in sent if chosen[each.key] == number]
        assert await on(cluster, name, number) == expected


async def test_record_that_the_broker_refuses_ends_in_its_error(
    producer: AIOKafkaProducer, topics: Topics
) -> None:
    large = Output(topics.predictions.name, 0, None, b"x" * 3 * 1024 * 1024, [])
    confirmations = await record_batches.send(producer, [large])
    with pytest.raises(MessageSizeTooLargeError):
        await asyncio.gather(*confirmations)


async def test_partition_that_does_not_exist_is_named(producer: AIOKafkaProducer, topics: Topics) -> None:
    nowhere = Output(topics.predictions.name, 99, None, b"x", [])
    with pytest.raises(UnknownTopicOrPartitionError, match="has no partition 99"):
        await record_batches.send(producer, [nowhere])


async def test_batches_are_no_longer_than_their_topic_takes(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name = topics.predictions.name
    limits = Limits()
    limits.learn({name: 3_000 + OVERHEAD_OF_A_BATCH})
    sent = [Output(name, 0, b"%d" % number, b"v" * 500, []) for number in range(20)]
    confirmations = await record_batches.send(producer, sent, limits)
    assert len(confirmations) == 4, "five fit, where the producer's own limit would take nineteen"
    await asyncio.gather(*confirmations)
    assert [value for _, value, _ in await on(cluster, name, 0)] == [each.value for each in sent]


class FullProducer:
    """Takes one batch, and has no room for the second."""

    def __init__(self) -> None:
        self.confirmations: list[asyncio.Future[None]] = []

    _message_accumulator = SimpleNamespace(_batch_size=BATCH_BYTES, _compression_type=0)

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(BATCH_BYTES, 0)

    async def partitions_for(self, topic: str) -> set[int]:
        return {0, 1}

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[None]:
        if self.confirmations:
            raise KafkaTimeoutError
        self.confirmations.append(asyncio.get_running_loop().create_future())
        return self.confirmations[0]


async def test_nobody_is_left_to_be_told_when_not_all_can_be_handed_over() -> None:
    producer = FullProducer()
    outputs = [Output("t", partition, None, b"v", []) for partition in (0, 1)]
    with pytest.raises(KafkaTimeoutError):
        await record_batches.send(producer, outputs)
    assert producer.confirmations[0].cancelled(), "else asyncio complains that its error was never retrieved"
