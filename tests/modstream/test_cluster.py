from pathlib import Path

import pytest

from modstream.cluster import cluster_of, require_broker
from modstream.errors import KafkaUnreachableError
from modstream.local_kafka import free_port
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster


def test_a_named_cluster_is_used_without_asking_it() -> None:
    named = "kafka.example:9092"
    assert cluster_of(DoorSettings(kafka_bootstrap=named)) == Cluster(named)


def test_no_cluster_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(KafkaUnreachableError, match=r"127.0.0.1:9092: start one with 'modstream kafka up'"):
        cluster_of(DoorSettings(kafka_bootstrap=None, state_dir=tmp_path))


def test_a_cluster_that_does_not_answer_is_named() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(KafkaUnreachableError, match=nobody):
        require_broker(Cluster(nobody), timeout_s=0.1)


@pytest.mark.kafka
def test_one_answering_broker_of_several_is_enough(kafka_bootstrap: str) -> None:
    require_broker(Cluster(f"127.0.0.1:{free_port()},{kafka_bootstrap}"), timeout_s=5)
