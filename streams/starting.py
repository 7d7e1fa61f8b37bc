"""Before a worker starts: the broker answers and has the topics, or the worker says what it waits for."""

import asyncio
import logging
import time
from collections.abc import Callable

from aiokafka.errors import KafkaError

from streams.connecting import first_fault
from streams.errors import ConnectionFaultError, NotAllowedError, NotStartedError
from streams.kafka_cluster import Cluster
from streams.rights import Wanted, lacking, look_at_topics, may_join

logger = logging.getLogger(__name__)

ASK_EVERY_S = 0.5
SAY_EVERY_S = 10.0


async def wait_for_topics(
    cluster: Cluster, wanted: Wanted, group: str, within_s: float, should_stop: Callable[[], bool]
) -> None:
    """Return when a broker answers and the topics exist, or when asked to stop.

    Args:
        cluster: Where to connect.
        wanted: The topics, and what has to be allowed with each.
        group: The consumer group to be a member of.
        within_s: How long to wait, in seconds; not for what waiting does not change.
        should_stop: Asked often.

    Raises:
        ConnectionFaultError: If the cluster cannot be connected to until somebody changes something.
        NotAllowedError: If something that is wanted is not allowed.
        NotStartedError: If that takes longer than `within_s` seconds.
    """
    started_s = time.monotonic()
    said_s = started_s - SAY_EVERY_S
    while not should_stop() and (wrong := await _what_is_missing(cluster, wanted, group)):
        now_s = time.monotonic()
        if now_s - started_s > within_s:
            raise NotStartedError(wrong, within_s)
        if now_s - said_s >= SAY_EVERY_S:
            said_s = now_s
            logger.warning("%s; waiting for up to %g s", wrong, within_s)
        await asyncio.sleep(ASK_EVERY_S)


async def _what_is_missing(cluster: Cluster, wanted: Wanted, group: str) -> str:
    """Return what keeps the worker from starting and may still come, empty if nothing does."""
    if fault := await first_fault(cluster):
        if fault.lasting:
            raise ConnectionFaultError(fault.sentence)
        return f"no Kafka broker answers at {cluster} ({fault.sentence})"
    try:
        found = await look_at_topics(cluster, wanted)
        joins = await may_join(cluster, group)
    except (KafkaError, OSError) as error:
        return f"no Kafka broker answers at {cluster} ({error})"
    refused = lacking(found, wanted) or ("" if joins else f"read as the consumer group {group}")
    if refused:
        raise NotAllowedError(cluster.bootstrap, cluster.security.username, refused)
    absent = sorted(name for name, each in found.items() if not each.exists)
    missing = f"missing on {cluster}: {', '.join(absent)} ('modstream topics create' makes them)"
    return missing if absent else ""
