from pathlib import Path

import pytest

from modstream.cluster import addresses, bootstrap, require_broker
from modstream.errors import KafkaUnreachableError
from modstream.local_kafka import free_port
from modstream.settings import DoorSettings


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
    assert addresses(text) == expected


def test_a_named_cluster_is_used_without_asking_it() -> None:
    assert bootstrap(DoorSettings(kafka_bootstrap="kafka.example:9092")) == "kafka.example:9092"


def test_no_cluster_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(KafkaUnreachableError, match=r"127.0.0.1:9092: start one with 'modstream kafka up'"):
        bootstrap(DoorSettings(kafka_bootstrap=None, state_dir=tmp_path))


def test_a_cluster_that_does_not_answer_is_named() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(KafkaUnreachableError, match=nobody):
        require_broker(nobody, timeout_s=0.1)


@pytest.mark.kafka
def test_one_answering_broker_of_several_is_enough(kafka_bootstrap: str) -> None:
    require_broker(f"127.0.0.1:{free_port()},{kafka_bootstrap}", timeout_s=5)
