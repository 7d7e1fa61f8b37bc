"""Sends one marked comment through the pipeline, and waits for what becomes of it."""

import asyncio
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from modstream.doctor.findings import Finding, Status
from modstream.kafka_admin import in_our_words
from modstream.replay.producer import producing
from modstream.topic_rights import require_topics
from streams.kafka_cluster import Cluster
from streams.records import EVENT_ID
from streams.rights import Right
from streams.topics import Topics, TopicSpec

NAME = "round trip"
MARK = "modstream-doctor-"
"""What the ids of such comments begin with."""

BODY = "Is the confidence interval of this effect in the supplementary material? The sample seems small."
"""Nothing that calls for an alert."""

AHEAD_S = 250_000_000_000
"""Seconds since the epoch: so far ahead that the comment is in no window and moves no watermark."""

POLL_MS = 200


def look(cluster: Cluster, topics: Topics, within_s: float) -> Finding:
    """Return whether a comment gets its prediction, and how long that takes.

    The comment stays on the topics; it is told on `reddit_late` as ahead of its time, and is in no window.

    Raises:
        ModstreamError: If the cluster does not take it.
    """
    outputs = (topics.predictions, topics.dead_letters)
    asyncio.run(require_topics(cluster, {each.name: [Right.READ] for each in outputs}))
    with in_our_words(cluster), _at_the_end(cluster, outputs) as consumer:
        event_id, began_s = _send(cluster, topics.comments, within_s)
        while time.monotonic() - began_s < within_s:
            for record in _records(consumer.poll(timeout_ms=POLL_MS)):
                if dict(record.headers or ()).get(EVENT_ID) == event_id.encode():
                    return judge(
                        record.topic == topics.predictions.name, event_id, time.monotonic() - began_s
                    )
    return Finding(
        NAME,
        Status.FAILED,
        f"{event_id} has no outcome after {within_s:g} s",
        "see whether a worker runs and what its log says: 'lag' below tells how many there are",
    )


def judge(is_scored: bool, event_id: str, took_s: float) -> Finding:
    """Return what is to be said of a comment that came out again."""
    if is_scored:
        return Finding(NAME, Status.OK, f"{event_id} has its prediction after {took_s:.2f} s")
    return Finding(
        NAME,
        Status.FAILED,
        f"{event_id} was dead-lettered after {took_s:.2f} s",
        f"see why: modstream dlq show {event_id}",
    )


def _send(cluster: Cluster, topic: TopicSpec, within_s: float) -> tuple[str, float]:
    """Send the comment; return its event id, and when it was sent, on a clock that only goes forward."""
    comment = {"id": f"{MARK}{uuid.uuid4().hex[:12]}", "body": BODY, "created_utc": AHEAD_S}
    with producing(cluster, topic.name) as producer:
        began_s = time.monotonic()
        sent = producer.send(topic.name, key=str(comment["id"]).encode(), value=msgspec.json.encode(comment))
        where = sent.get(timeout=within_s)
    return f"{where.topic}:{where.partition}:{where.offset}", began_s


@contextmanager
def _at_the_end(cluster: Cluster, topics: Iterable[TopicSpec]) -> Iterator[Any]:
    """Yield a consumer that will get what comes from now on."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(**cluster.for_kafka_python())
    try:
        partitions = [
            TopicPartition(each.name, number)
            for each in topics
            for number in consumer.partitions_for_topic(each.name) or ()
        ]
        consumer.assign(partitions)
        consumer.seek_to_end(*partitions)
        for each in partitions:
            consumer.position(each)  # which asks for the end now, not when it is first polled
        yield consumer
    finally:
        consumer.close()


def _records(polled: Any) -> Iterator[Any]:
    for records in polled.values():
        yield from records
