"""A Kafka cluster as every part of the pipeline connects to it: where it is, and how."""

from dataclasses import dataclass
from typing import Any

KAFKA_PORT = 9092
"""What an address without a port means, as in Kafka's clients."""


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is; each client gets from here what it needs to connect."""

    bootstrap: str
    """Brokers to start from, `host:port` separated by commas."""

    def __str__(self) -> str:
        return self.bootstrap

    @property
    def servers(self) -> list[str]:
        """Return the addresses of the list one by one, as Kafka's clients take them."""
        return [each.strip() for each in self.bootstrap.split(",")]

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Return the hosts and ports of the list; a missing port is Kafka's."""
        found = []
        for each in self.servers:
            host, colon, port = each.rpartition(":")
            if not colon or not port.isdigit():
                host, port = each, str(KAFKA_PORT)
            found.append((host.strip("[]"), int(port)))
        return found

    def for_aiokafka(self) -> dict[str, Any]:
        """Return the options with which a client of aiokafka connects."""
        return {"bootstrap_servers": self.servers}

    def for_kafka_python(self) -> dict[str, Any]:
        """Return the options with which a client of kafka-python connects."""
        return {"bootstrap_servers": self.servers}

    def for_faust(self) -> dict[str, Any]:
        """Return the settings with which a Faust app connects."""
        return {"broker": [f"kafka://{each}" for each in self.servers]}
