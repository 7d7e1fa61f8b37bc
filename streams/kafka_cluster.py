"""A Kafka cluster as every part of the pipeline connects to it: where it is, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.kafka_logs import keep_credentials_out
from streams.kafka_security import Security

KAFKA_PORT = 9092
"""What an address without a port means, as in Kafka's clients."""


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is and how to connect to it; each client gets from here what it needs.

    What it gets holds secrets in clear text: it goes into the client and nowhere else.
    """

    bootstrap: str
    """Brokers to start from, `host:port` separated by commas."""
    security: Security = field(default_factory=Security)

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
        """Return the options with which a client of aiokafka connects.

        Raises:
            KafkaCredentialsError: If a file with what it needs cannot be used.
        """
        from streams.kafka_tokens import aiokafka_tokens

        return {"bootstrap_servers": self.servers, **self._options(aiokafka_tokens)}

    def for_kafka_python(self) -> dict[str, Any]:
        """Return the options with which a client of kafka-python connects, which has the same names.

        Raises:
            KafkaCredentialsError: If a file with what it needs cannot be used.
        """
        from streams.kafka_tokens import kafka_python_tokens

        return {"bootstrap_servers": self.servers, **self._options(kafka_python_tokens)}

    def for_faust(self) -> dict[str, Any]:
        """Return the settings with which a Faust app connects.

        Raises:
            KafkaCredentialsError: If a file with what it needs cannot be used.
        """
        brokers = [f"kafka://{each}" for each in self.servers]
        credentials = _faust_credentials(self.for_aiokafka())
        return {"broker": brokers} | ({} if credentials is None else {"broker_credentials": credentials})

    def _options(self, tokens: Callable[[Security], Any]) -> dict[str, Any]:
        security = self.security
        if security.protocol == "PLAINTEXT":
            return {}
        options: dict[str, Any] = {"security_protocol": security.protocol}
        if security.encrypts:
            options["ssl_context"] = security.ssl_context()
        if not security.authenticates:
            return options
        keep_credentials_out()
        options["sasl_mechanism"] = security.mechanism
        if security.has_token:
            return options | {"sasl_oauth_token_provider": tokens(security)}
        return options | {
            "sasl_plain_username": security.username,
            "sasl_plain_password": security.read_password(),
        }


def _faust_credentials(options: Mapping[str, Any]) -> Any:
    """Return those from which Faust makes the same options again; None for a connection without any.

    It infers the protocol: with a name or a token and no context it would not encrypt.
    """
    from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials

    context = options.get("ssl_context")
    if tokens := options.get("sasl_oauth_token_provider"):
        return OAuthCredentials(oauth_cb=tokens, ssl_context=context)
    if "sasl_mechanism" in options:
        return SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)
