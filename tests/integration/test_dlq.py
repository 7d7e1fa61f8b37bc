"""Dead letters that come back: real broker, real worker, and the command as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.topics import TopicSpec
from tests.integration.picky import SWITCH, WORD, PickyModel
from tests.integration.pipeline import Pipeline
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

PICKY = f"inprocess:{PickyModel.__module__}.{PickyModel.__name__}"
BODIES = ["calm words", f"a {WORD}", "words!", f"a {WORD}!", "more words"] * 20
REFUSED = 40
DEADLINE_S = 60.0
RESUBMISSION = "modstream.resubmission"


@pytest.fixture
def switch(tmp_path: Path) -> Path:
    return tmp_path / "accepts"


def dlq(pipeline: Pipeline, *arguments: str, status: int = 0) -> str:
    """Run `modstream dlq` and return what it prints."""
    prefix = pipeline.topics.comments.name.removesuffix("reddit_stream")
    done = subprocess.run(
        [sys.executable, "-m", "modstream", "dlq", *arguments],
        env=os.environ | {"MOD_KAFKA_BOOTSTRAP": pipeline.cluster.bootstrap, "MOD_TOPIC_PREFIX": prefix},
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == status, done.stderr.decode()
    return done.stdout.decode()


def replayed(pipeline: Pipeline, *arguments: str, status: int = 0) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(
        dlq(pipeline, "replay", "--rate", "max", "--json", *arguments, status=status)
    )
    return report


def wait_for_letters(pipeline: Pipeline, count: int) -> None:
    eventually(lambda: pipeline.count(pipeline.topics.dead_letters) == count, f"{count} dead letters")


def headers_of(pipeline: Pipeline, topic: TopicSpec) -> list[tuple[int, int, dict[str, bytes]]]:
    """Return partition, offset and headers of every record of a topic."""
    consumer = KafkaConsumer(bootstrap_servers=pipeline.cluster.servers, auto_offset_reset="earliest")
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        left = pipeline.count(topic)
        found: list[tuple[int, int, dict[str, bytes]]] = []
        while left > len(found):
            for records in consumer.poll(timeout_ms=1_000).values():
                found.extend((each.partition, each.offset, dict(each.headers)) for each in records)
        return found
    finally:
        consumer.close()


def test_dead_letters_come_back_and_are_counted_once(pipeline: Pipeline, switch: Path) -> None:
    worker = pipeline.start_worker(PICKY, **{SWITCH: str(switch)})
    pipeline.send(BODIES)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.dead_lettered) == (len(BODIES) - REFUSED, REFUSED)

    listed = [json.loads(line) for line in dlq(pipeline, "ls", "--json").splitlines()]
    assert len(listed) == REFUSED
    assert all(each["replayable"] and each["reason"] == "ClassifierRefusedError" for each in listed)

    # Refused again: as many dead letters, each of a comment that has one, and nothing wrong.
    assert replayed(pipeline, "--limit", "5")["sent"] == 5
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.dead_lettered, verdict.resubmitted, verdict.recovered) == (REFUSED, 5, 0)
    assert (verdict.redelivered, verdict.missing) == (5, 0)

    switch.touch()
    told = replayed(pipeline)
    assert (told["sent"], told["failed"], told["recovered"]) == (REFUSED, 0, 0)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.inputs, verdict.predicted) == (len(BODIES), len(BODIES))
    assert (verdict.recovered, verdict.dead_lettered, verdict.resubmitted) == (REFUSED, 0, REFUSED + 5)
    assert verdict.alerts == sum("!" in body for body in BODIES)

    told = replayed(pipeline)
    assert (told["sent"], told["recovered"]) == (0, REFUSED)
    events = [each["event_id"] for each in pipeline.records(pipeline.topics.predictions)]
    assert len(events) == len(set(events)) == len(BODIES)
    worker.require_alive()


def test_what_is_still_on_its_way_may_be_sent_again(pipeline: Pipeline, switch: Path) -> None:
    worker = pipeline.start_worker(PICKY, **{SWITCH: str(switch)})
    pipeline.send(BODIES)
    assert pipeline.verify().dead_lettered == REFUSED
    assert worker.stop() == 0
    for _ in range(2):  # nobody works on the first when the second is sent
        assert replayed(pipeline)["sent"] == REFUSED
    switch.touch()
    pipeline.start_worker(PICKY, **{SWITCH: str(switch)})
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.recovered, verdict.dead_lettered, verdict.missing) == (REFUSED, 0, 0)
    assert (verdict.resubmitted, verdict.redelivered) == (2 * REFUSED, REFUSED + REFUSED // 2)
    marked = [each for each in headers_of(pipeline, pipeline.topics.predictions) if RESUBMISSION in each[2]]
    assert len(marked) == 2 * REFUSED


def test_record_comes_back_as_it_was_and_again_when_it_is_refused_again(
    pipeline: Pipeline, switch: Path
) -> None:
    """What is no comment stays a dead letter: its bytes, headers and first time outlive every return."""
    value = b'\xff\x1b[31m"no comment'
    producer = KafkaProducer(bootstrap_servers=pipeline.cluster.servers)
    topic = pipeline.topics.comments.name
    forged = [("trace", b"\x00\xff"), ("modstream.event_id", f"{topic}:2:7".encode())]
    producer.send(topic, value, b"k\x1b]", forged, partition=2).get(30)
    producer.send(topic, None, b"gone", partition=2).get(30)
    producer.close()
    pipeline.start_worker(PICKY, **{SWITCH: str(switch)})
    wait_for_letters(pipeline, 2)
    for count in (4, 6):
        assert replayed(pipeline)["sent"] == 2
        wait_for_letters(pipeline, count)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.inputs, verdict.dead_lettered, verdict.resubmitted) == (2, 2, 4)

    letters = headers_of(pipeline, pipeline.topics.dead_letters)
    first = [headers for _, _, headers in letters if headers["modstream.event_id"].endswith(b":0")]
    assert [each["trace"] for each in first] == [b"\x00\xff"] * 3
    assert len({each["modstream.timestamp"] for each in first}) == 1
    assert [each.get(RESUBMISSION) for each in first] == [
        None,
        *(f"{topic}:2:{n}".encode() for n in (2, 4)),
    ]

    shown = dlq(pipeline, "show", f"{topic}:2:0")
    assert "\x1b" not in shown
    assert r"\x1b[31m" in shown
    assert json.loads(dlq(pipeline, "show", "gone", "--json"))["value"] is None
    assert "\x1b" not in dlq(pipeline, "ls")
