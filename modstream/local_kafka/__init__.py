"""A real Kafka broker on this machine without Docker: `modstream kafka up`, the demo and the tests use it."""

from modstream.local_kafka.broker import DEFAULT_PORT, BrokerStatus, LocalKafka, default_broker
from modstream.local_kafka.probe import answers, free_port, is_free

__all__ = [
    "DEFAULT_PORT",
    "BrokerStatus",
    "LocalKafka",
    "answers",
    "default_broker",
    "free_port",
    "is_free",
]
