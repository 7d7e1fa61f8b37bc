"""How many comments wait, as the broker has it."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from streams.health import LagMeter
from streams.kafka_cluster import Cluster
from streams.offsets import Partition
from streams.topics import Topics
from tests.streams.examples import UNREACHABLE


@pytest.fixture
async def meter(cluster: Cluster) -> AsyncIterator[LagMeter]:
    meter = LagMeter(cluster, timeout_s=5.0)
    yield meter
    await meter.close()


async def put(cluster: Cluster, topic: str, *, transaction: str | None) -> None:
    """Put two records on partition 0, in a transaction if it is named."""
    producer = AIOKafkaProducer(bootstrap_servers=cluster.servers, transactional_id=transaction)
    await producer.start()
    try:
        if transaction is None:
            await producer.send_and_wait(topic, b"a", partition=0)
            await producer.send_and_wait(topic, b"b", partition=0)
        else:
            async with producer.transaction():
                await producer.send_and_wait(topic, b"a", partition=0)
                await producer.send_and_wait(topic, b"b", partition=0)
    finally:
        await producer.stop()


@pytest.mark.kafka
async def test_lag_is_what_comes_after_the_last_finished(
    cluster: Cluster, topics: Topics, meter: LagMeter
) -> None:
    topic = topics.comments.name
    await put(cluster, topic, transaction=None)
    first, second = Partition(topic, 0), Partition(topic, 1)
    assert await meter.lag({first: None, second: None}) == {first: 2, second: 0}
    assert await meter.lag({first: 1, second: None}) == {first: 1, second: 0}
    assert await meter.lag({first: 2, second: 0}) == {first: 0, second: 0}
    assert await meter.lag({}) == {}
    assert await meter.records({first: None, second: None}) == 2
    assert await meter.records({first: 2, second: 0}) == 0


@pytest.mark.kafka
async def test_marker_of_a_transaction_is_no_record_that_waits(
    cluster: Cluster, topics: Topics, meter: LagMeter
) -> None:
    topic = topics.comments.name
    await put(cluster, topic, transaction=f"{topic}-t")
    where = Partition(topic, 0)
    assert await meter.lag({where: 2}) == {where: 1}, "the marker"
    assert await meter.records({where: 2}) == 0
    assert await meter.records({where: 1}) == 1


async def test_lag_is_unknown_without_a_broker() -> None:
    meter = LagMeter(UNREACHABLE, timeout_s=0.2)
    assert await meter.lag({Partition("t", 0): None}) is None
    assert await meter.records({Partition("t", 0): None}) is None
