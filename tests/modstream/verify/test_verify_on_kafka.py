"""`verify` on a real broker, with a worker written in ten lines that can be told to go wrong."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from modstream.errors import KafkaUnreachableError, TopicsMissingError
from modstream.verify import Verdict, verify
from modstream.verify.audit import Audit, audit_until_stopped, names
from modstream.verify.reading import reader
from streams.dead_letters import dead_letter
from streams.errors import InvalidCommentError
from streams.kafka_cluster import Cluster
from streams.records import EVENT_ID, Alert, Prediction, SourceRecord, encode
from streams.topics import Topics

pytestmark = pytest.mark.kafka

THRESHOLD = 0.5
DEADLINE_S = 30.0


class Pipeline:
    """Puts comments on the stream and outcomes on the output topics."""

    def __init__(self, cluster: Cluster, topics: Topics) -> None:
        self.topics = topics
        self._producer = KafkaProducer(bootstrap_servers=cluster.servers, allow_auto_create_topics=False)

    def close(self) -> None:
        self._producer.close(timeout=DEADLINE_S)

    def comments(self, count: int) -> list[SourceRecord]:
        """Send comments, spread over the partitions, and return them as the broker has them."""
        topic = str(self.topics.comments)
        values = [encode({"id": f"c{number}", "body": "words"}) for number in range(count)]
        sent = [
            self._producer.send(topic, value, f"c{number}".encode(), partition=number % 4)
            for number, value in enumerate(values)
        ]
        self._producer.flush(DEADLINE_S)
        places = [each.get(timeout=DEADLINE_S) for each in sent]
        return [
            SourceRecord(topic, place.partition, place.offset, f"c{number}".encode(), value, 1.0)
            for number, (place, value) in enumerate(zip(places, values, strict=True))
        ]

    def predict(self, records: Iterable[SourceRecord], probability: float = 0.1, **changes: object) -> None:
        for record in records:
            prediction = msgspec.structs.replace(predicted(record, probability), **changes)
            self.put(str(self.topics.predictions), record.partition, encode(prediction), record)
            if probability > THRESHOLD:
                alert = encode(Alert.of(prediction, THRESHOLD, ()))
                self.put(str(self.topics.alerts), record.partition, alert, record)
        self._producer.flush(DEADLINE_S)

    def reject(self, records: Iterable[SourceRecord]) -> None:
        for record in records:
            letter = dead_letter(record, InvalidCommentError("no body"), str(self.topics.dead_letters), 1.0)
            self._producer.send(
                letter.topic, letter.value, letter.key, letter.headers, partition=letter.partition
            )
        self._producer.flush(DEADLINE_S)

    def put(self, topic: str, partition: int, value: bytes, record: SourceRecord) -> None:
        headers = [(EVENT_ID, record.event_id.encode())]
        self._producer.send(topic, value, record.key, headers, partition=partition)

    def flush(self) -> None:
        self._producer.flush(DEADLINE_S)


def predicted(record: SourceRecord, probability: float) -> Prediction:
    return Prediction(
        id=(record.key or b"").decode(),
        probability=probability,
        original="words",
        subreddit=None,
        created_utc=1.0,
        model_version="m1",
        event_id=record.event_id,
        scored_at=time.time(),
    )


@pytest.fixture
def pipeline(cluster: Cluster, topics: Topics) -> Iterator[Pipeline]:
    made = Pipeline(cluster, topics)
    yield made
    made.close()


@pytest.fixture
def verdict_now(cluster: Cluster, topics: Topics) -> Callable[[], Verdict]:
    return lambda: verify(cluster, topics, THRESHOLD)


def test_empty_topics_are_ok(verdict_now: Callable[[], Verdict]) -> None:
    assert verdict_now().ok


def test_every_comment_is_accounted_for(pipeline: Pipeline, verdict_now: Callable[[], Verdict]) -> None:
    records = pipeline.comments(100)
    pipeline.predict(records[:60])
    pipeline.predict(records[60:90], probability=0.9)
    pipeline.reject(records[90:])
    verdict = verdict_now()
    assert verdict.ok, verdict
    assert (verdict.inputs, verdict.predicted, verdict.dead_lettered, verdict.alerts) == (100, 90, 10, 30)


def test_redeliveries_are_counted_and_fine(pipeline: Pipeline, verdict_now: Callable[[], Verdict]) -> None:
    records = pipeline.comments(20)
    for _ in range(2):
        pipeline.predict(records[:10], probability=0.9)
        pipeline.reject(records[10:])
    verdict = verdict_now()
    assert verdict.ok, verdict
    assert verdict.redelivered == 10 + 10 + 10


def test_a_lost_comment_is_named_by_its_coordinates(
    pipeline: Pipeline, verdict_now: Callable[[], Verdict]
) -> None:
    records = pipeline.comments(20)
    pipeline.predict(records[:7] + records[8:])
    verdict = verdict_now()
    lost = records[7]
    assert verdict.missing == 1
    assert [(each.kind, each.partition, each.offset) for each in verdict.offenders] == [
        ("missing", lost.partition, lost.offset)
    ]


def test_what_goes_wrong_is_found(pipeline: Pipeline, verdict_now: Callable[[], Verdict]) -> None:
    records = pipeline.comments(40)
    pipeline.predict(records)
    pipeline.predict(records[:1], model_version="m2")
    pipeline.reject(records[1:2])
    pipeline.predict([SourceRecord(records[2].topic, 2, 10_000, b"c2", b"", 1.0)])
    pipeline.put(str(pipeline.topics.predictions), 3, encode(predicted(records[0], 0.1)), records[0])
    pipeline.put(str(pipeline.topics.predictions), 1, b"not json", records[1])
    pipeline.put(
        str(pipeline.topics.alerts),
        0,
        encode(Alert.of(predicted(records[4], 0.9), THRESHOLD, ())),
        records[4],
    )
    pipeline.flush()
    verdict = verdict_now()
    assert not verdict.ok
    assert (verdict.conflicting, verdict.orphaned, verdict.misplaced, verdict.malformed) == (2, 1, 1, 1)
    assert (verdict.alerts, verdict.alerts_unexpected, verdict.missing) == (1, 1, 0)
    assert {each.comment for each in verdict.offenders if each.kind == "conflicting"} == {"c0", "c1"}


def test_markers_of_transactions_are_no_comments(
    cluster: Cluster, pipeline: Pipeline, verdict_now: Callable[[], Verdict]
) -> None:
    topic = str(pipeline.topics.comments)
    producer = KafkaProducer(bootstrap_servers=cluster.servers, transactional_id=f"{topic}-upstream")
    producer.init_transactions()
    producer.begin_transaction()
    sent = [producer.send(topic, b"{}", b"c0", partition=0) for _ in range(3)]
    producer.commit_transaction()
    places = [each.get(timeout=DEADLINE_S) for each in sent]
    producer.close(timeout=DEADLINE_S)
    pipeline.predict([SourceRecord(topic, 0, place.offset, b"c0", b"{}", 1.0) for place in places])
    verdict = verdict_now()
    assert verdict.ok, verdict
    assert verdict.inputs == 3


def test_waiting_ends_as_soon_as_the_worker_has_caught_up(
    cluster: Cluster, topics: Topics, pipeline: Pipeline
) -> None:
    records = pipeline.comments(20)
    pipeline.predict(records[:10])
    late = threading.Timer(0.5, lambda: pipeline.predict(records[10:], probability=0.9))
    late.start()
    started = time.monotonic()
    verdict = verify(cluster, topics, THRESHOLD, wait_s=DEADLINE_S)
    late.join()
    assert verdict.ok, verdict
    assert (verdict.predicted, verdict.alerts, verdict.redelivered) == (20, 10, 0)
    assert time.monotonic() - started < DEADLINE_S


def test_waiting_in_vain_ends_with_the_verdict(cluster: Cluster, topics: Topics, pipeline: Pipeline) -> None:
    pipeline.comments(3)
    assert verify(cluster, topics, THRESHOLD, wait_s=0.1).missing == 3


def test_following_takes_in_what_comes(cluster: Cluster, topics: Topics, pipeline: Pipeline) -> None:
    pipeline.predict(pipeline.comments(5))
    rounds: list[Verdict] = []

    def on_round(verdict: Verdict) -> None:
        rounds.append(verdict)
        if len(rounds) == 1:
            pipeline.predict(pipeline.comments(7))

    deadline = time.monotonic() + DEADLINE_S
    verdict = asyncio.run(
        audit_until_stopped(
            cluster,
            topics,
            THRESHOLD,
            should_stop=lambda: bool(rounds and rounds[-1].inputs == 12) or time.monotonic() > deadline,
            on_round=on_round,
        )
    )
    assert [rounds[0].inputs, verdict.inputs, verdict.redelivered] == [5, 12, 0]
    assert verdict.ok, verdict


async def test_outputs_for_comments_that_came_later_are_early_not_orphaned(
    cluster: Cluster, topics: Topics, pipeline: Pipeline
) -> None:
    async with reader(cluster, names(topics)) as source:
        audit = Audit(topics, THRESHOLD, source, on_read=lambda count: None)
        await audit.open()
        await audit.take_in()
        pipeline.predict(pipeline.comments(8))
        await audit.read()
        early = audit.accounts.verdict()
        await audit.take_in()
        await audit.read()
        verdict = audit.accounts.verdict()
    assert early.ok, early
    assert early.inputs == 0
    assert verdict.ok, verdict
    assert (verdict.inputs, verdict.predicted, verdict.redelivered) == (8, 8, 0)


async def test_a_stretch_is_read_to_its_end_and_no_further(
    cluster: Cluster, topics: Topics, pipeline: Pipeline
) -> None:
    pipeline.comments(40)
    where = (str(topics.comments), 0)
    async with reader(cluster, names(topics)) as source:
        for start, end in ((0, 3), (3, 10), (2, 5), (5, 5)):
            seen: list[Any] = []
            await source.read({where: (start, end)}, seen.append)
            assert [record.offset for record in seen] == list(range(start, end))


def test_a_missing_topic_is_one_sentence(cluster: Cluster) -> None:
    with pytest.raises(TopicsMissingError, match="modstream topics create"):
        verify(cluster, Topics.named("no-such-prefix-"), THRESHOLD)


def test_no_broker_is_one_sentence() -> None:
    with pytest.raises(KafkaUnreachableError, match="modstream kafka up"):
        verify(Cluster("127.0.0.1:1"), Topics.named(), THRESHOLD)
