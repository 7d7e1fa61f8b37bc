import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from modstream.errors import KafkaUnreachableError, TopicsMissingError
from modstream.replay import AsFastAsPossible, FixedRate, Outgoing, replay
from streams.kafka_cluster import Cluster
from streams.topics import Topics

pytestmark = pytest.mark.kafka

DEADLINE_S = 30.0


def make_comments(count: int, body: str = "words") -> Iterator[Outgoing]:
    for number in range(count):
        value = msgspec.json.encode({"id": f"c{number}", "body": body})
        yield Outgoing(f"c{number}", value, f"comments.csv, line {number + 2}")


def read_all(cluster: Cluster, topic: str, expected: int) -> list[tuple[bytes, bytes, int]]:
    """Return key, value and timestamp of every record of a topic."""
    consumer = KafkaConsumer(
        bootstrap_servers=cluster.servers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    assert sum(consumer.end_offsets(partitions).values()) == expected
    found: list[tuple[bytes, bytes, int]] = []
    deadline = time.monotonic() + DEADLINE_S
    while len(found) < expected and time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            found += [(record.key, record.value, record.timestamp) for record in records]
    consumer.close()
    return found


def test_every_comment_arrives_once_keyed_by_its_id(cluster: Cluster, topics: Topics) -> None:
    before_ms = time.time() * 1000
    told: list[int] = []
    report = replay(
        make_comments(500), cluster, str(topics.comments), AsFastAsPossible(), on_sent=told.append
    )
    assert (report.sent, report.failed) == (500, 0)
    assert sum(told) == 500
    records = read_all(cluster, str(topics.comments), 500)
    assert {key for key, _, _ in records} == {f"c{number}".encode() for number in range(500)}
    assert all(msgspec.json.decode(value)["id"].encode() == key for key, value, _ in records)
    assert all(stamp >= before_ms - 1000 for _, _, stamp in records)


def test_a_comment_too_large_for_the_broker_fails_alone(cluster: Cluster, topics: Topics) -> None:
    limit_record_size(cluster, str(topics.comments), 10_000)
    comments = list(make_comments(50))
    comments[20] = Outgoing("large", b"x" * 50_000, "comments.csv, line 22")
    report = replay(comments, cluster, str(topics.comments), AsFastAsPossible())
    assert (report.sent, report.failed) == (49, 1)
    assert [(each.id, each.origin) for each in report.failures] == [("large", "comments.csv, line 22")]
    assert len(read_all(cluster, str(topics.comments), 49)) == 49


def test_a_comment_too_large_for_the_client_fails_alone(cluster: Cluster, topics: Topics) -> None:
    comments = [*make_comments(1), Outgoing("large", b"x" * 2_000_000, "comments.csv, line 3")]
    report = replay(comments, cluster, str(topics.comments), AsFastAsPossible())
    assert (report.sent, report.failed, report.failures[0].id) == (1, 1, "large")


def test_a_stop_ends_an_endless_replay_with_everything_confirmed(cluster: Cluster, topics: Topics) -> None:
    stop = threading.Event()
    report = replay(
        make_comments(10**9),
        cluster,
        str(topics.comments),
        FixedRate(2_000.0),
        on_sent=lambda count: stop.set(),
        should_stop=stop.is_set,
    )
    assert report.failed == 0
    assert 0 < report.sent < 2_000 * DEADLINE_S
    assert len(read_all(cluster, str(topics.comments), report.sent)) == report.sent


def test_a_fixed_rate_is_kept(cluster: Cluster, topics: Topics) -> None:
    report = replay(make_comments(101), cluster, str(topics.comments), FixedRate(100.0))
    assert 1.0 <= report.seconds < 1.0 + DEADLINE_S
    assert report.rate <= 101.0


def test_a_missing_topic_is_one_sentence(cluster: Cluster) -> None:
    with pytest.raises(TopicsMissingError, match="modstream topics create"):
        replay(make_comments(1), cluster, "no-such-topic", AsFastAsPossible())


def test_no_broker_is_one_sentence() -> None:
    with pytest.raises(KafkaUnreachableError, match="modstream kafka up"):
        replay(make_comments(1), Cluster("127.0.0.1:1"), "reddit_stream", AsFastAsPossible())


def limit_record_size(cluster: Cluster, topic: str, limit_bytes: int) -> None:
    """Set the topic's limit, and return when the broker answers with it."""
    name = "max.message.bytes"
    admin = KafkaAdminClient(bootstrap_servers=cluster.servers)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: str(limit_bytes)})])
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic, [name])]
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if admin.describe_configs(asked, config_filter="all")["topic"][topic][name]["value"] == str(
            limit_bytes
        ):
            break
    admin.close()
