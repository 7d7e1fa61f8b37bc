"""Partitions of real topics, read from their beginning."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from streams.errors import StateError
from streams.kafka_cluster import Cluster
from streams.offsets import Partition
from streams.partition_log import Extent, PartitionLogs
from streams.topics import Topics
from tests.streams.examples import UNREACHABLE

WITHIN_S = 20.0


@pytest.fixture
async def producer(cluster: Cluster) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=cluster.servers)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.mark.kafka
async def test_newest_value_of_each_key_is_read_from_several_partitions_at_once(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name = topics.window_state.name
    for partition, key, value in [
        (0, b"a", b"old"),
        (1, b"a", b"another partition's"),
        (0, b"b", b"deleted"),
        (0, b"a", b"new"),
        (0, b"b", None),
    ]:
        await producer.send_and_wait(name, value, key, partition=partition)
    wheres = [Partition(name, number) for number in range(3)]
    assert await PartitionLogs(cluster, WITHIN_S).newest(wheres) == {
        wheres[0]: {b"a": b"new"},
        wheres[1]: {b"a": b"another partition's"},
        wheres[2]: {},
    }


@pytest.mark.kafka
async def test_more_than_one_fetch_of_two_partitions_is_read_to_their_ends(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name, many, pairs = topics.window_state.name, 30, 350_000
    for number in range(many):
        await producer.send_and_wait(name, b"%02d" % number * pairs, b"%d" % number, partition=number % 2)
    wheres = [Partition(name, 0), Partition(name, 1)]
    newest = await PartitionLogs(cluster, WITHIN_S).newest(wheres)
    for where in wheres:
        expected = {b"%d" % number: b"%02d" % number * pairs for number in range(where.partition, many, 2)}
        assert newest[where] == expected


@pytest.mark.kafka
async def test_extents_say_where_partitions_end_and_how_many_there_are(
    producer: AIOKafkaProducer, cluster: Cluster, topics: Topics
) -> None:
    name = topics.comments.name
    for _ in range(2):
        await producer.send_and_wait(name, b"", partition=1)
    wheres = [Partition(name, 0), Partition(name, 1)]
    partitions = topics.comments.partitions
    assert await PartitionLogs(cluster, WITHIN_S).extents(wheres) == {
        wheres[0]: Extent(0, partitions),
        wheres[1]: Extent(2, partitions),
    }


async def test_broker_that_is_not_there_is_told_with_the_partitions() -> None:
    wheres = [Partition("t", 0), Partition("t", 1)]
    with pytest.raises(StateError, match=r"t:0, t:1 cannot be read"):
        await PartitionLogs(UNREACHABLE, 0.1).newest(wheres)
