"""apache/kafka under Testcontainers, configured as the local broker is.

Testcontainers' own KafkaContainer knows Confluent's image only.
"""

from typing import Self

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from modstream.local_kafka.configuration import server_properties

IMAGE = "apache/kafka:4.1.0"
PORT, CONTROLLER_PORT = 9092, 9093

ADVERTISED = "/tmp/advertised"
START = f"until [ -s {ADVERTISED} ]; do sleep 0.1; done; . {ADVERTISED}; exec /etc/kafka/docker/run"
"""The published port, which the broker has to tell its clients, is known only once the container runs."""

START_WITHIN_S = 120

OF_THE_CONTAINER = {
    "listeners": f"PLAINTEXT://0.0.0.0:{PORT},CONTROLLER://127.0.0.1:{CONTROLLER_PORT}",
    "log.dirs": "/var/lib/kafka/data",
}


class ApacheKafkaContainer(DockerContainer):  # type: ignore[misc]  # testcontainers is untyped here
    """One broker for programs on this machine."""

    def __init__(self) -> None:
        super().__init__(IMAGE)
        self.with_exposed_ports(PORT)
        for name, value in self._settings().items():
            self.with_env(f"KAFKA_{name.replace('.', '_').upper()}", value)
        self.with_env("KAFKA_HEAP_OPTS", "-Xms64m -Xmx512m")
        self.with_command(["bash", "-c", START])

    @property
    def bootstrap(self) -> str:
        """Return the broker's address."""
        return f"{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    def start(self) -> Self:
        """Start the broker and return when it takes requests."""
        super().start()
        advertised = f"export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://{self.bootstrap}\n"
        self.copy_into_container(advertised.encode(), ADVERTISED)
        LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(START_WITHIN_S).wait_until_ready(
            self
        )
        return self

    @staticmethod
    def _settings() -> dict[str, str]:
        lines = server_properties(PORT, CONTROLLER_PORT).splitlines()
        local = dict(line.split("=", 1) for line in lines)
        del local["advertised.listeners"]
        return local | OF_THE_CONTAINER
