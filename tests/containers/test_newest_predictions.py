"""What `docker compose run --rm replay` shows last, as its container runs it."""

import os
import subprocess
import sys

import pytest
from kafka import KafkaProducer

from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests.containers.engine import ROOT

pytestmark = pytest.mark.kafka

DEADLINE_S = 60.0


def shown(cluster: Cluster, topics: Topics, count: int) -> list[str]:
    prefix = topics.comments.name.removesuffix("reddit_stream")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "newest_predictions.py", str(count)],
        env=os.environ | {"MOD_KAFKA_BOOTSTRAP": cluster.bootstrap, "MOD_TOPIC_PREFIX": prefix},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=True,
    )
    return done.stdout.splitlines()


def publish(cluster: Cluster, topics: Topics, values: dict[str, tuple[int, int]]) -> None:
    """Write records that have these partitions and times, in seconds."""
    producer = KafkaProducer(**cluster.for_kafka_python())
    for value, (partition, at_s) in values.items():
        name = topics.predictions.name
        producer.send(name, value.encode(), partition=partition, timestamp_ms=at_s * 1000).get(timeout=10)
    producer.close()


def test_the_newest_of_all_partitions_are_shown_as_they_are(cluster: Cluster, topics: Topics) -> None:
    times = {'{"id": "a"}': (0, 10), '{"id": "b"}': (0, 40), '{"id": "c"}': (1, 30), '{"id": "d"}': (3, 20)}
    publish(cluster, topics, times)
    assert shown(cluster, topics, 3) == ['{"id": "d"}', '{"id": "c"}', '{"id": "b"}']
    assert len(shown(cluster, topics, 9)) == 4


def test_nothing_is_shown_where_nothing_is(cluster: Cluster, topics: Topics) -> None:
    assert shown(cluster, topics, 3) == []
