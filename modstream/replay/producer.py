"""The Kafka producer of a replay: every record confirmed by all in-sync replicas, none twice."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import AuthorizationError, KafkaError, KafkaTimeoutError

from modstream.cluster import require_broker
from modstream.errors import KafkaUnreachableError
from modstream.kafka_admin import in_our_words
from modstream.topic_rights import require_topics
from streams.kafka_cluster import Cluster
from streams.rights import Right

CONNECT_WITHIN_MS = 5_000
DELIVER_WITHIN_MS = 30_000
"""A record that is not confirmed by then has failed."""

BATCH_BYTES = 64 * 1024

RECORD_LIMIT = "max.message.bytes"
USUAL_LIMIT_BYTES = 1_048_588
"""Kafka's default, taken where the cluster keeps its configuration to itself."""

_CLOSE_WITHIN_S = 2.0


@contextmanager
def producing(cluster: Cluster, topic: str) -> Iterator[KafkaProducer]:
    """Connect a producer, and close it at the end.

    The records' timestamps are the time of sending: retention goes by them, and would delete old comments.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If the topic does not exist.
        NotAllowedError: If the cluster does not let this client write there.
        ClusterRequestError: If the broker goes away while the producer connects.
    """
    require_broker(cluster)
    asyncio.run(require_topics(cluster, {topic: [Right.WRITE]}))
    with in_our_words(cluster):
        producer = _connect(cluster, topic)
    try:
        yield producer
    finally:
        with suppress(KafkaError):  # what was not confirmed has been counted already
            producer.close(timeout=_CLOSE_WITHIN_S)


def _connect(cluster: Cluster, topic: str) -> KafkaProducer:
    try:
        limit_bytes = _record_limit(cluster, topic)
        return KafkaProducer(
            **cluster.for_kafka_python(),
            acks="all",
            enable_idempotence=True,
            linger_ms=10,
            batch_size=min(BATCH_BYTES, limit_bytes),
            max_request_size=limit_bytes,
            request_timeout_ms=10_000,
            delivery_timeout_ms=DELIVER_WITHIN_MS,
            max_block_ms=DELIVER_WITHIN_MS,
            bootstrap_timeout_ms=CONNECT_WITHIN_MS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
    except KafkaTimeoutError as error:
        raise KafkaUnreachableError(cluster.bootstrap) from error


def _record_limit(cluster: Cluster, topic: str) -> int:
    """Return the size of the largest record batch that the topic takes, in bytes.

    The client must refuse what is larger itself: after one refusal by the broker, kafka-python's idempotent
    producer (3.0.12) fails every later record too.
    """
    admin = KafkaAdminClient(**cluster.for_kafka_python(), bootstrap_timeout_ms=CONNECT_WITHIN_MS)
    try:
        wanted = ConfigResource(ConfigResourceType.TOPIC, topic, [RECORD_LIMIT])
        found = admin.describe_configs([wanted], config_filter="all")
    except AuthorizationError:
        return USUAL_LIMIT_BYTES
    finally:
        admin.close()
    told = found["topic"][topic].get(RECORD_LIMIT)  # nothing where this client may not know
    return USUAL_LIMIT_BYTES if told is None else int(told["value"])
