"""Which Kafka cluster the commands talk to, and whether it answers."""

import time

from modstream.errors import KafkaUnreachableError
from modstream.local_kafka import answers, default_broker
from modstream.settings import DoorSettings

KAFKA_PORT = 9092
"""What an address without a port means, as in Kafka's clients."""

ASK_EVERY_S = 0.1


def bootstrap(settings: DoorSettings) -> str:
    """Return the address of the cluster to use: MOD_KAFKA_BOOTSTRAP, else that of the running local Kafka.

    Raises:
        KafkaUnreachableError: If neither is there.
    """
    if settings.kafka_bootstrap:
        return settings.kafka_bootstrap
    status = default_broker(settings).status()
    if not status.running:
        raise KafkaUnreachableError(status.bootstrap)
    return status.bootstrap


def addresses(bootstrap: str) -> list[tuple[str, int]]:
    """Return the hosts and ports of a comma-separated list; a missing port is Kafka's."""
    found = []
    for each in servers(bootstrap):
        host, colon, port = each.rpartition(":")
        if not colon or not port.isdigit():
            host, port = each, str(KAFKA_PORT)
        found.append((host.strip("[]"), int(port)))
    return found


def servers(bootstrap: str) -> list[str]:
    """Return the addresses of a comma-separated list as Kafka's clients take them."""
    return [each.strip() for each in bootstrap.split(",")]


def require_broker(bootstrap: str, timeout_s: float = 2.0) -> None:
    """Return as soon as one of the cluster's brokers answers.

    Raises:
        KafkaUnreachableError: If none has within `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    while not any(answers(host, port, timeout_s=min(timeout_s, 2.0)) for host, port in addresses(bootstrap)):
        if time.monotonic() + ASK_EVERY_S > deadline:
            raise KafkaUnreachableError(bootstrap)
        time.sleep(ASK_EVERY_S)
