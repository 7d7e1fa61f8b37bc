"""The places of comments are those that a broker gives them."""

from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from modstream.replay import AsFastAsPossible, replay
from modstream.replay.files import CommentFiles
from modstream.replay.reading import rounds
from modstream.score.rows import chunks
from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests.modstream.score.examples import write_comments


@pytest.mark.kafka
def test_a_replay_puts_every_comment_where_its_event_id_says(
    cluster: Cluster, topics: Topics, tmp_path: Path
) -> None:
    source = CommentFiles([str(write_comments(tmp_path / "comments.ndjson", 1_500))])
    topic = str(topics.comments)
    report = replay(rounds(source.read), cluster, topic, AsFastAsPossible())
    partitions = topics.comments.partitions
    expected = {
        (item.partition, item.offset): (item.key, item.value)
        for chunk in chunks(source, 0, (0,) * partitions)
        for item in chunk.items
    }
    assert report.sent == len(expected) == 1_500
    consumer = KafkaConsumer(
        bootstrap_servers=cluster.servers, auto_offset_reset="earliest", consumer_timeout_ms=5_000
    )
    consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
    found = {}
    for record in consumer:
        found[record.partition, record.offset] = (record.key, record.value)
        if len(found) == len(expected):
            break
    consumer.close()
    assert found == expected
