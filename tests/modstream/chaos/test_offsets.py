"""What a broker says about its offsets, and that a broker that says nothing keeps nobody waiting."""

import socket
import time

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from modstream.chaos.offsets import NoAnswerError, OffsetAsker, Partition
from streams.topics import Topics
from tests.waiting import eventually

GROUP = "chaos-offsets"


def _ends(asker: OffsetAsker, partitions: list[Partition]) -> dict[Partition, int] | None:
    try:
        return asker.ends(partitions)
    except NoAnswerError:
        return None


@pytest.mark.kafka
def test_offsets_are_those_that_kafkas_own_client_gets(kafka_bootstrap: str, topics: Topics) -> None:
    host, _, port = kafka_bootstrap.partition(":")
    name = topics.comments.name
    partitions = [(name, number) for number in range(topics.comments.partitions)]
    with OffsetAsker(host, int(port), timeout_s=10.0) as asker:
        eventually(
            lambda: _ends(asker, partitions) == dict.fromkeys(partitions, 0), "leaders know their topic"
        )
        with KafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
            for number in (1, 1, 3):
                producer.send(name, value=b"x", partition=number)
        assert asker.ends(partitions) == dict(zip(partitions, (0, 2, 0, 1), strict=True))

        group = f"{GROUP}-{name}"
        with KafkaConsumer(
            bootstrap_servers=kafka_bootstrap,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        ) as consumer:
            consumer.assign([TopicPartition(name, 1)])
            while consumer.position(TopicPartition(name, 1)) < 2:
                consumer.poll(timeout_ms=500)
            consumer.commit()
        assert asker.committed(group, partitions) == dict(zip(partitions, (0, 2, 0, 0), strict=True))


@pytest.mark.kafka
def test_topic_that_is_not_there_has_no_offsets(kafka_bootstrap: str) -> None:
    host, _, port = kafka_bootstrap.partition(":")
    with OffsetAsker(host, int(port), timeout_s=10.0) as asker, pytest.raises(NoAnswerError, match="error 3"):
        asker.ends([("no-such-topic", 0)])


def test_silent_broker_keeps_nobody_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began_s = time.monotonic()
        with OffsetAsker("127.0.0.1", silent.getsockname()[1], 0.05) as asker, pytest.raises(NoAnswerError):
            asker.ends([("topic", 0)])
        assert time.monotonic() - began_s < 5


def test_broker_that_is_away_is_no_answer() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with OffsetAsker("127.0.0.1", closed.getsockname()[1]) as asker, pytest.raises(NoAnswerError):
            asker.committed("group", [("topic", 0)])
