"""Whether the topics that a command needs are there, and it may do with them what it does."""

import logging

from aiokafka.errors import KafkaError

from modstream.errors import KafkaUnreachableError, TopicsMissingError
from streams.errors import NotAllowedError
from streams.kafka_cluster import Cluster
from streams.rights import FoundTopic, Wanted, lacking, look_at_topics


async def require_topics(cluster: Cluster, wanted: Wanted) -> dict[str, FoundTopic]:
    """Return how the topics are on the cluster.

    Raises:
        TopicsMissingError: If one of them does not exist.
        NotAllowedError: If the cluster does not allow something that is wanted.
        KafkaUnreachableError: If it does not answer.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters is in our error
    try:
        found = await look_at_topics(cluster, wanted)
    except KafkaError as error:
        raise KafkaUnreachableError(cluster.bootstrap) from error
    if refused := lacking(found, wanted):
        raise NotAllowedError(cluster.bootstrap, cluster.security.username, refused)
    if missing := [topic for topic in wanted if not found[topic].exists]:
        raise TopicsMissingError(cluster.bootstrap, missing)
    return found
