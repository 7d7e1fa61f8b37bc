"""Before a worker starts: the broker answers and has the topics, or the worker says what it waits for."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from streams.errors import NotStartedError
from streams.kafka_cluster import Cluster

logger = logging.getLogger(__name__)

ASK_EVERY_S = 0.5
SAY_EVERY_S = 10.0
ANSWERS_WITHIN_S = 5.0


async def wait_for_topics(
    cluster: Cluster, topics: Collection[str], within_s: float, should_stop: Callable[[], bool]
) -> None:
    """Return when a broker answers and the topics exist, or when asked to stop.

    Raises:
        NotStartedError: If that takes longer than `within_s` seconds.
    """
    started_s = time.monotonic()
    said_s = started_s - SAY_EVERY_S
    while not should_stop() and (wrong := await _what_is_missing(cluster, topics)):
        now_s = time.monotonic()
        if now_s - started_s > within_s:
            raise NotStartedError(wrong, within_s)
        if now_s - said_s >= SAY_EVERY_S:
            said_s = now_s
            logger.warning("%s; waiting for up to %g s", wrong, within_s)
        await asyncio.sleep(ASK_EVERY_S)


async def _what_is_missing(cluster: Cluster, topics: Collection[str]) -> str:
    """Return what keeps the worker from starting, empty if nothing does."""
    client = AIOKafkaConsumer(
        **cluster.for_aiokafka(),
        group_id=None,
        enable_auto_commit=False,
        request_timeout_ms=int(ANSWERS_WITHIN_S * 1_000),
    )
    try:
        await client.start()
        missing = sorted(set(topics) - await client.topics())
    except (KafkaError, OSError) as error:
        return f"no Kafka broker answers at {cluster} ({error})"
    finally:
        await client.stop()
    return (
        f"missing on {cluster}: {', '.join(missing)} ('modstream topics create' makes them)"
        if missing
        else ""
    )
