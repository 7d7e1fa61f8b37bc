"""What a client may do with topics and a consumer group, asked before it does any of it.

Kafka does not list topics that a client may not see, so that they look as if they were missing, and refuses
the rest one request at a time. Asked for by name, it tells what is allowed with each (KIP-430).
"""

from collections.abc import Collection, Mapping
from contextlib import asynccontextmanager
from enum import IntEnum
from typing import Any, NamedTuple

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    LeaderNotAvailableError,
    NoError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.coordination import FindCoordinatorRequest

from streams.kafka_cluster import Cluster
from streams.rights_requests import GroupRequest, TopicsRequest
from streams.topics import Topics

ANSWERS_WITHIN_MS = 10_000
NOT_TOLD = -(2**31)
GROUP = 0
"""The kind of coordinator that is asked for."""


class Right(IntEnum):
    """An operation that may be allowed, by Kafka's number of it."""

    READ = 3
    WRITE = 4
    DESCRIBE = 8


class FoundTopic(NamedTuple):
    """A topic as the cluster tells of it."""

    exists: bool
    partitions: int
    allowed: Collection[Right]
    """All there are, where an old broker does not tell."""


type Wanted = Mapping[str, Collection[Right]]


def of_worker(topics: Topics) -> Wanted:
    """Return what a worker has to be allowed, by topic."""
    read, write = Right.READ, Right.WRITE
    return {
        topics.comments.name: [read],
        topics.predictions.name: [write],
        topics.alerts.name: [write],
        topics.dead_letters.name: [write],
        topics.late.name: [write],
        topics.window_stats.name: [write],
        topics.window_partials.name: [read, write],
        topics.window_state.name: [read, write],
    }


def lacking(found: Mapping[str, FoundTopic], wanted: Wanted) -> str:
    """Return what is wanted and not allowed, as `read a, b; write c`; empty if there is nothing."""
    lacking = {
        right: [
            topic for topic, rights in wanted.items() if right in rights and right not in found[topic].allowed
        ]
        for right in Right
    }
    return "; ".join(f"{right.name.lower()} {', '.join(names)}" for right, names in lacking.items() if names)


async def look_at_topics(cluster: Cluster, names: Collection[str]) -> dict[str, FoundTopic]:
    """Return how each topic is on the cluster, and what this client may do with it; none is created by it.

    Raises:
        KafkaError: aiokafka's, if the cluster does not answer.
    """
    async with _client(cluster) as client:
        answer = await client.send(client.get_random_node(), TopicsRequest(names))
    found = {}
    for code, name, _, partitions, *allowed in answer.topics:
        if for_code(code) is TopicAuthorizationFailedError:
            found[name] = FoundTopic(exists=False, partitions=0, allowed=())
        else:
            exists = for_code(code) in (NoError, LeaderNotAvailableError)
            found[name] = FoundTopic(exists, len(partitions), _rights(*allowed) if exists else tuple(Right))
    return found


async def may_join(cluster: Cluster, group: str) -> bool:
    """Return whether this client may be a member of a consumer group; True as well if nobody can tell now.

    Raises:
        KafkaError: aiokafka's, if the cluster does not answer.
    """
    async with _client(cluster) as client:
        found = await client.send(client.get_random_node(), FindCoordinatorRequest(group, GROUP))
        if (error := for_code(found.error_code)) is not NoError:
            return error is not GroupAuthorizationFailedError  # on a new cluster it is only starting
        try:
            answer = await client.send(found.coordinator_id, GroupRequest(group))
        except KafkaError:
            return True
    code, *_, allowed = answer.groups[0]
    return for_code(code) is not GroupAuthorizationFailedError and Right.READ in _rights(allowed)


def _rights(allowed: int = NOT_TOLD) -> tuple[Right, ...]:
    """Return the rights that a number stands for, bit by bit."""
    return tuple(each for each in Right if allowed == NOT_TOLD or allowed >> each & 1)


@asynccontextmanager
async def _client(cluster: Cluster) -> Any:
    client = AIOKafkaClient(**cluster.for_aiokafka(), request_timeout_ms=ANSWERS_WITHIN_MS)
    try:
        await client.bootstrap()
        yield client
    finally:
        await client.close()
