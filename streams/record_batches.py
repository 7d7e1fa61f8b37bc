"""Hands records to Kafka's producer a batch at a time: one by one costs some ten times the CPU."""

import asyncio
from collections.abc import Iterable
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.records import Output


async def send(producer: AIOKafkaProducer, outputs: Iterable[Output]) -> list[asyncio.Future[Any]]:
    """Hand records over, those of each partition in the order given.

    Returns:
        A future for each batch of them: done when the broker has confirmed it, or has aiokafka's error.

    Raises:
        KafkaError: If they cannot be handed over; some may be on their topics all the same.
    """
    confirmations: list[asyncio.Future[Any]] = []
    filling: dict[tuple[str, int], BatchBuilder] = {}
    for each in outputs:
        partition = await _partition_by_key(producer, each) if each.partition is None else each.partition
        place = (each.topic, partition)
        builder = filling.get(place)
        if builder is not None and not _has_taken(builder, each):
            confirmations.append(await _send(producer, builder, *place))
            builder = None
        if builder is None:
            filling[place] = builder = producer.create_batch()
            _has_taken(builder, each)  # the first always fits; what is too large the broker refuses
    return confirmations + [await _send(producer, builder, *place) for place, builder in filling.items()]


async def _partition_by_key(producer: AIOKafkaProducer, output: Output) -> int:
    """Return the partition that librdkafka chooses; what Java's client does is slow in Python."""
    partitions = await producer.partitions_for(output.topic)
    return crc32(output.key or b"") % len(partitions)


def _has_taken(builder: BatchBuilder, output: Output) -> bool:
    """Append a record, unless the batch is full."""
    added = builder.append(timestamp=None, key=output.key, value=output.value, headers=output.headers)
    return added is not None


async def _send(
    producer: AIOKafkaProducer, builder: BatchBuilder, topic: str, partition: int
) -> asyncio.Future[Any]:
    if partition not in await producer.partitions_for(topic):
        raise UnknownTopicOrPartitionError(f"{topic} has no partition {partition}")
    builder.close()  # nothing else goes into it, so it need not wait for more
    confirmation: asyncio.Future[Any] = await producer.send_batch(builder, topic, partition=partition)
    return confirmation
