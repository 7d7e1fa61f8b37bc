"""`modstream dlq` as a user runs it, on a real broker."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from streams.dead_letters import dead_letter
from streams.errors import ClassifierRefusedError, InvalidCommentError
from streams.records import EVENT_ID, SourceRecord
from streams.topics import MAX_OUTPUT_BYTES, Topics
from tests import command

pytestmark = pytest.mark.kafka

DEADLINE_S = 60.0
REFUSED = ClassifierRefusedError("http://x", 422, "no")


class Stage:
    """Puts records where a worker would have put them."""

    def __init__(self, bootstrap: str, topics: Topics) -> None:
        self.bootstrap = bootstrap
        self.topics = topics
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, max_request_size=MAX_OUTPUT_BYTES + 10_000
        )

    def close(self) -> None:
        self._producer.close(timeout=DEADLINE_S)

    def comments(self, values: Iterable[bytes | None], partition: int = 1) -> list[SourceRecord]:
        """Send comments, the value cut to what the topic takes, and return them as they were meant."""
        found = []
        for number, value in enumerate(values):
            key = f"c{number}".encode()
            sent = self._producer.send(
                str(self.topics.comments), value and value[:1_000], key, partition=partition
            ).get(DEADLINE_S)
            found.append(SourceRecord(str(self.topics.comments), partition, sent.offset, key, value, 1.0))
        return found

    def reject(self, records: Iterable[SourceRecord], error: Exception = REFUSED) -> None:
        for record in records:
            letter = dead_letter(record, error, str(self.topics.dead_letters), 1_700_000_000.0)
            self._producer.send(
                letter.topic, letter.value, letter.key, letter.headers, partition=letter.partition
            ).get(DEADLINE_S)

    def predict(self, records: Iterable[SourceRecord]) -> None:
        for record in records:
            headers = [(EVENT_ID, record.event_id.encode())]
            self._producer.send(
                str(self.topics.predictions), b"{}", record.key, headers, partition=record.partition
            ).get(DEADLINE_S)

    def put(self, topic: str, value: bytes) -> None:
        self._producer.send(topic, value, partition=0).get(DEADLINE_S)

    def on_the_stream(self, start: int, partition: int = 1) -> list[SourceRecord]:
        """Return the records of a partition of the input topic from an offset on."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap)
        where = TopicPartition(str(self.topics.comments), partition)
        consumer.assign([where])
        consumer.seek(where, start)
        end = consumer.end_offsets([where])[where]
        found: list[SourceRecord] = []
        while len(found) < end - start:
            for records in consumer.poll(timeout_ms=1_000).values():
                found.extend(
                    SourceRecord(where.topic, partition, each.offset, each.key, each.value, 0.0, each.headers)
                    for each in records
                )
        consumer.close()
        return found

    def dlq(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[bytes]:
        """Run the command."""
        done = subprocess.run(
            [sys.executable, "-m", "modstream", "dlq", *arguments],
            env=command.on_topics(self.bootstrap, self.topics),
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert done.returncode == status, (done.stdout, done.stderr)
        assert b"Traceback" not in done.stderr
        return done


@pytest.fixture
def stage(kafka_bootstrap: str, topics: Topics) -> Iterator[Stage]:
    made = Stage(kafka_bootstrap, topics)
    yield made
    made.close()


def test_no_dead_letters_are_nothing_to_do(stage: Stage) -> None:
    assert b"0 dead letters of 0 comments" in stage.dlq("ls").stdout
    assert b"0 sent" in stage.dlq("replay").stdout
    assert b"none of the 0 dead letters" in stage.dlq("show", "c1", status=1).stderr


def test_replay_sends_what_has_no_prediction_yet_and_keeps_its_identity(stage: Stage) -> None:
    records = stage.comments([b"zero", b"one", b"two", b"three"])
    stage.reject(records)
    stage.predict(records[1:2])
    assert json.loads(stage.dlq("replay", "--dry-run", "--json").stdout)["chosen"] == 3
    assert stage.on_the_stream(4) == []

    told = json.loads(stage.dlq("replay", "--rate", "max", "--limit", "2", "--json").stdout)
    assert (told["sent"], told["recovered"], told["beyond_limit"]) == (2, 1, 1)
    back = stage.on_the_stream(4)
    assert [(each.key, each.value) for each in back] == [(b"c0", b"zero"), (b"c2", b"two")]
    assert [each.event_id for each in back] == [records[0].event_id, records[2].event_id]

    assert b"2 sent" not in stage.dlq("replay", "--reason", "NoSuchError").stdout
    stage.predict(back)
    assert b"1 sent" in stage.dlq("replay", "--rate", "max").stdout


def test_what_cannot_come_back_is_named_and_fails(stage: Stage) -> None:
    records = stage.comments([b"fits", b"x" * (MAX_OUTPUT_BYTES + 1), None])
    stage.reject(records)
    listed = stage.dlq("ls").stdout.decode()
    assert "not replayable: its value (2,000,001 bytes) was too large for a dead letter" in listed
    done = stage.dlq("replay", "--rate", "max", status=1)
    assert b"2 sent" in done.stdout
    assert f"not replayable: {records[1].event_id}".encode() in done.stdout
    assert [each.value for each in stage.on_the_stream(3)] == [b"fits", None]
    assert b"left out" in stage.dlq("show", records[1].event_id).stdout
    assert b"holds no value" in stage.dlq("show", records[1].event_id, "--raw", status=1).stderr


def test_what_the_input_topic_refuses_has_failed_and_stops_nothing(stage: Stage) -> None:
    """Compressed, a comment may have been larger than what the topic takes of us."""
    records = stage.comments([b"x" * 1_500_000, b"fits"])
    stage.reject(records)
    told = json.loads(stage.dlq("replay", "--rate", "max", "--json", status=1).stdout)
    assert (told["sent"], told["failed"]) == (1, 1)
    assert told["failures"][0]["event_id"] == records[0].event_id


def test_listing_is_newest_first_and_can_be_narrowed(stage: Stage) -> None:
    records = stage.comments([b"zero", b"one", b"two"])
    stage.reject(records[:2])
    stage.reject(records[2:], InvalidCommentError("x"))
    stage.put(str(stage.topics.dead_letters), b"of somebody else")
    listed = [json.loads(line)["comment_id"] for line in stage.dlq("ls", "--json").stdout.splitlines()]
    assert listed == ["c2", "c1", "c0"]
    text = stage.dlq("ls", "--reason", "ClassifierRefusedError", "--limit", "1").stdout.decode()
    assert "c1" in text
    assert "c0" not in text
    assert "... and 1 older" in text
    assert "ClassifierRefusedError: 2 (2 replayable" in text
    assert "1 records of the dead-letter topic name no comment" in text


def test_body_comes_as_it_is_or_escaped_or_in_json(stage: Stage, tmp_path: Path) -> None:
    records = stage.comments([b"\xff\x1b[31m\n", b"second", b"third"])
    stage.reject(records)
    assert stage.dlq("show", records[0].event_id, "--raw").stdout == b"\xff\x1b[31m\n"
    assert rb"\xff\x1b[31m\n" in stage.dlq("show", "c0").stdout
    assert json.loads(stage.dlq("show", "c0", "--json").stdout)["value_base64"] == "/xtbMzFtCg=="
    assert b"exclude each other" in stage.dlq("show", "c0", "--json", "--raw", status=2).stderr


def test_comment_id_of_several_events_shows_all_and_is_no_single_body(stage: Stage) -> None:
    stage.reject(stage.comments([b"first"]) + stage.comments([b"second"]))
    assert len(stage.dlq("show", "c0", "--json").stdout.splitlines()) == 2
    assert b"2 events: name one" in stage.dlq("show", "c0", "--raw", status=1).stderr
