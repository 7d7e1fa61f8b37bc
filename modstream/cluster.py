"""Which Kafka cluster the commands talk to, and whether it answers."""

import asyncio
import time

from modstream.errors import KafkaUnreachableError, NoClusterNamedError
from modstream.local_kafka import default_broker
from modstream.settings import DoorSettings
from streams.errors import ConnectionFaultError
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

    Args:
        cluster: Where to connect, and how.
        timeout_s: How long a broker has to come, and how long it may take for each step of a connection.

    Raises:
        KafkaUnreachableError: If none has.
        ConnectionFaultError: If they cannot be connected to in the way that is set.
    """
    from streams.connecting import LOOK_WITHIN_S, first_fault
    from streams.connection_faults import Step

    deadline = time.monotonic() + timeout_s
    while fault := asyncio.run(first_fault(cluster, min(timeout_s, LOOK_WITHIN_S))):
        if fault.lasting:
            raise ConnectionFaultError(fault.sentence)
        if time.monotonic() + ASK_EVERY_S > deadline:
            reason = "" if fault.step is Step.PORT else fault.sentence
            raise KafkaUnreachableError(cluster.bootstrap, reason)
        time.sleep(ASK_EVERY_S)
