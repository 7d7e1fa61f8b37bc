import pytest

from streams.kafka_cluster import Cluster


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("kafka:9192", [("kafka", 9192)], id="one"),
        pytest.param("a:1, b:2", [("a", 1), ("b", 2)], id="several-with-a-space"),
        pytest.param("kafka", [("kafka", 9092)], id="kafkas-port-by-default"),
        pytest.param("[::1]:9192", [("::1", 9192)], id="ipv6"),
        pytest.param("[::1]", [("::1", 9092)], id="ipv6-without-a-port"),
    ],
)
def test_addresses_are_read_as_kafka_clients_do(text: str, expected: list[tuple[str, int]]) -> None:
    assert Cluster(text).addresses == expected


def test_every_client_gets_the_same_brokers() -> None:
    cluster = Cluster("a:1, b:2")
    assert cluster.for_aiokafka() == cluster.for_kafka_python() == {"bootstrap_servers": ["a:1", "b:2"]}
    assert cluster.for_faust() == {"broker": ["kafka://a:1", "kafka://b:2"]}
