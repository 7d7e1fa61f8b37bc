"""Hands records to Kafka's producer a batch at a time: one by one costs some ten times the CPU."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder

from streams.key_hash import partition_of
from streams.limits import Limits
from streams.records import Output

KEYS_REMEMBERED = 65_536

remembered_partition_of = lru_cache(KEYS_REMEMBERED)(partition_of)
"""The rows of a window come again and again, and the hash takes several times as long as the rest."""


async def send(
    producer: AIOKafkaProducer, outputs: Iterable[Output], limits: Limits | None = None
) -> list[asyncio.Future[Any]]:
    """Hand records over, those of each partition in the order given.

    Args:
        producer: Started.
        outputs: The records.
        limits: How large a batch each topic takes; the producer's own limit when None.

    Returns:
        A future for each batch of them: done when the broker has confirmed it, or has aiokafka's error.

    Raises:
        KafkaError: If they cannot be handed over; some may be on their topics all the same.
    """
    confirmations: list[asyncio.Future[Any]] = []
    filling: dict[tuple[str, int], BatchBuilder] = {}
    partitions: dict[str, int] = {}
    try:
        for each in outputs:
            partition = each.partition
            if partition is None:
                if each.topic not in partitions:
                    partitions[each.topic] = len(await producer.partitions_for(each.topic))
                partition = remembered_partition_of(each.key or b"", partitions[each.topic])
            place = (each.topic, partition)
            builder = filling.get(place)
            if builder is not None and not _has_taken(builder, each):
                confirmations.append(await _send(producer, builder, *place))
                builder = None
            if builder is None:
                filling[place] = builder = _builder(producer, each.topic, limits)
                fits = _has_taken(builder, each)
                assert fits, "an empty batch takes any record; what is too large the broker refuses"
        for place, builder in filling.items():
            confirmations.append(await _send(producer, builder, *place))
    except BaseException:
        for confirmation in confirmations:
            confirmation.cancel()  # nobody will wait for it; the records go their way
        raise
    return confirmations


def _builder(producer: AIOKafkaProducer, topic: str, limits: Limits | None) -> BatchBuilder:
    """Return an empty batch that the topic will take."""
    accumulator = producer._message_accumulator
    most = accumulator._batch_size
    if limits is None or limits.largest(topic) >= most:
        return producer.create_batch()
    return BatchBuilder(limits.largest(topic), accumulator._compression_type)


def _has_taken(builder: BatchBuilder, output: Output) -> bool:
    """Append a record, unless the batch is full."""
    added = builder.append(timestamp=None, key=output.key, value=output.value, headers=output.headers)
    return added is not None


async def _send(
    producer: AIOKafkaProducer, builder: BatchBuilder, topic: str, partition: int
) -> asyncio.Future[Any]:
    if partition not in await producer.partitions_for(topic):
        await producer.client.force_metadata_update()  # the topic may have got more since
    if partition not in await producer.partitions_for(topic):
        raise UnknownTopicOrPartitionError(f"{topic} has no partition {partition}")
    builder.close()  # nothing else goes into it, so it need not wait for more
    confirmation: asyncio.Future[Any] = await producer.send_batch(builder, topic, partition=partition)
    return confirmation
