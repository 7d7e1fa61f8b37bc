"""How large a record each topic takes: whoever made it may have set less than the pipeline asks for."""

import logging
from collections.abc import Collection, Mapping
from itertools import chain

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from streams.kafka_cluster import Cluster
from streams.topics import MAX_OUTPUT_BYTES

logger = logging.getLogger(__name__)

SETTING = "max.message.bytes"

OVERHEAD_OF_A_BATCH = 1_024
"""Bytes that Kafka puts around a record, at the most; the topics' limit is one for both."""


class Limits:
    """The largest record of each topic; the pipeline's own limit where nothing is known."""

    def __init__(self) -> None:
        self._largest: dict[str, int] = {}
        self.surely_taken = MAX_OUTPUT_BYTES // 4
        """So long a prediction or alert fits: its key is in its value as well, and its headers are short."""

    def learn(self, allowed: Mapping[str, int]) -> None:
        """Take note of the topics' own limits, in bytes."""
        for topic, limit in allowed.items():
            largest = limit - OVERHEAD_OF_A_BATCH
            if largest < MAX_OUTPUT_BYTES:
                logger.warning("%s takes no record above %d bytes (%s)", topic, largest, SETTING)
                self._largest[topic] = max(largest, 0)
                self.surely_taken = min(self.surely_taken, self._largest[topic] // 4)

    def largest(self, topic: str) -> int:
        """Return how many bytes key, value and headers may have on a topic, together."""
        return self._largest.get(topic, MAX_OUTPUT_BYTES)


async def limits_of(cluster: Cluster, topics: Collection[str]) -> dict[str, int]:
    """Return what topics are set to; nothing where the broker does not tell, or not to this client."""
    admin = AIOKafkaAdminClient(**cluster.for_aiokafka())
    try:
        await admin.start()
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
        answers = await admin.describe_configs(asked)
    except (KafkaError, OSError) as error:
        logger.warning("the topics' limits are not known: %s", error)
        return {}
    finally:
        await admin.close()
    known: dict[str, int] = {}
    for code, message, _kind, topic, settings in chain.from_iterable(each.resources for each in answers):
        if code:
            logger.warning("the limit of %s is not known: %s", topic, message or f"error {code}")
        for name, value, *_ in settings:
            if name == SETTING:
                known[topic] = int(value)
    return known
