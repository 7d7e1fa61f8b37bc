"""Which Kafka cluster the commands talk to, and whether it answers."""

import time

from modstream.errors import KafkaUnreachableError, NoClusterNamedError
from modstream.local_kafka import answers, default_broker
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster

ASK_EVERY_S = 0.1


def cluster_of(settings: DoorSettings) -> Cluster:
    """Return the cluster to use: the one of MOD_KAFKA_BOOTSTRAP, else the running local Kafka.

    Raises:
        KafkaUnreachableError: If neither is there.
        NoClusterNamedError: If it is to be reached in a way that the local Kafka does not offer.
    """
    if settings.kafka_bootstrap:
        return Cluster(settings.kafka_bootstrap, settings.security)
    if settings.kafka_security_protocol != "PLAINTEXT":
        raise NoClusterNamedError(settings.kafka_security_protocol)
    status = default_broker(settings).status()
    if not status.running:
        raise KafkaUnreachableError(status.bootstrap)
    return Cluster(status.bootstrap)


def require_broker(cluster: Cluster, timeout_s: float = 2.0) -> None:
    """Return as soon as one of the cluster's brokers answers.

    Raises:
        KafkaUnreachableError: If none has within `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    while not any(answers(*each, timeout_s=min(timeout_s, 2.0)) for each in cluster.addresses):
        if time.monotonic() + ASK_EVERY_S > deadline:
            raise KafkaUnreachableError(cluster.bootstrap)
        time.sleep(ASK_EVERY_S)
