"""Reads how far the workers are from Kafka.

In this order, so that what is written meanwhile looks like no fault: 1. what is committed, 2. the
checkpoints, which are published before their batch is committed, 3. where the logs end.
"""

from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    NotCoordinatorError,
)
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from modstream.state.standing import MergerStanding, PartitionStanding, Standing, checkpoint_of, told
from modstream.verify.reading import REQUEST_TIMEOUT_MS, Partition, reader
from streams import offsets
from streams.errors import NotAllowedError
from streams.kafka_cluster import Cluster
from streams.partition_log import PartitionLogs
from streams.topics import Topics

WITHIN_S = 20.0
REST_S = 0.3


async def read_standing(cluster: Cluster, topics: Topics, group: str) -> Standing:
    """Return how far the workers of a group are.

    Args:
        cluster: Where to connect.
        topics: The pipeline's topics.
        group: The workers' consumer group.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If one of the topics does not exist.
        NotAllowedError: If the cluster does not let this client see any of that.
        StateError: If a state topic cannot be read.
        ReadingFailedError: If a request fails.
    """
    comments, partials, state = (
        each.name for each in (topics.comments, topics.window_partials, topics.window_state)
    )
    logs = PartitionLogs(cluster, WITHIN_S)
    async with reader(cluster, [comments, partials, state]) as source:
        asked = source.partitions(comments) + source.partitions(partials)
        committed = await _committed(cluster, group, asked)  # 1.
        newest = await logs.newest([offsets.Partition(*each) for each in source.partitions(state)])  # 2.
        checkpoints = {number: checkpoint_of(values.values()) for (_, number), values in newest.items()}
        merging = told(await logs.records(offsets.Partition(partials, 0)))
        ends = await source.ends(asked)  # 3.
        return Standing(
            group,
            [
                PartitionStanding(
                    number,
                    committed[comments, number],
                    ends[comments, number],
                    checkpoints.get(number),
                    merging.idle.get(number),
                )
                for _, number in source.partitions(comments)
            ],
            MergerStanding(committed[partials, 0], ends[partials, 0], merging.waiting),
        )


async def _committed(
    cluster: Cluster, group: str, partitions: list[Partition]
) -> Mapping[Partition, int | None]:
    """Return what a group has committed for each partition, None for nothing."""
    admin = AIOKafkaAdminClient(**cluster.for_aiokafka(), request_timeout_ms=REQUEST_TIMEOUT_MS)
    retrying = AsyncRetrying(  # on a new cluster the coordinator itself is only starting
        retry=retry_if_exception_type(
            (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)
        ),
        stop=stop_after_delay(WITHIN_S),
        wait=wait_fixed(REST_S),
        reraise=True,
    )
    try:
        await admin.start()
        found: Mapping[Any, Any] = await retrying(
            admin.list_consumer_group_offsets,
            group,
            partitions=[TopicPartition(*each) for each in partitions],
        )
    except GroupAuthorizationFailedError as error:
        what = f"describe the consumer group {group}"
        raise NotAllowedError(cluster.bootstrap, cluster.security.username, what) from error
    finally:
        await admin.close()
    return {each: _offset(found.get(TopicPartition(*each))) for each in partitions}


def _offset(found: Any) -> int | None:
    return None if found is None or found.offset < 0 else found.offset
