"""`modstream replay` as a user runs it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from streams.topics import Topics
from tests import command

DEADLINE_S = 60.0


def replaying(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "modstream", "replay", *arguments]


def run(bootstrap: str, topics: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command.run(bootstrap, topics, "replay", *arguments)


def on_topic(bootstrap: str, topic: str) -> int:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    count = sum(consumer.end_offsets(partitions).values())
    consumer.close()
    return int(count)


@pytest.fixture
def comments(tmp_path: Path) -> Path:
    path = tmp_path / "comments.csv"
    rows = [f"c{number},comment {number},{number % 2},{1_600_000_000 + number}" for number in range(30)]
    path.write_text("\n".join(["id,body,removed,created_utc", *rows[:10], "a bad row", *rows[10:]]) + "\n")
    return path


@pytest.mark.kafka
def test_a_file_is_sent_and_reported(kafka_bootstrap: str, topics: Topics, comments: Path) -> None:
    done = run(kafka_bootstrap, topics, str(comments), "--rate", "max")
    assert done.returncode == 0, done.stderr
    assert "30 comments sent in" in done.stdout
    assert "1 bad rows skipped" in done.stdout
    assert f"skipped: {comments}, line 12" in done.stdout
    assert on_topic(kafka_bootstrap, str(topics.comments)) == 30


@pytest.mark.kafka
def test_json_is_one_object(kafka_bootstrap: str, topics: Topics, comments: Path) -> None:
    done = run(kafka_bootstrap, topics, str(comments), "--speed", "x100", "--limit", "7", "--json")
    report = json.loads(done.stdout)
    assert (report["sent"], report["failed"], done.returncode) == (7, 0, 0)


@pytest.mark.kafka
def test_a_failed_comment_is_the_exit_status(kafka_bootstrap: str, topics: Topics, tmp_path: Path) -> None:
    path = tmp_path / "large.ndjson"
    path.write_text(
        "\n".join(json.dumps({"id": f"c{size}", "body": "x" * size}) for size in (1, 2_000_000, 2))
    )
    done = run(kafka_bootstrap, topics, str(path), "--rate", "max")
    assert done.returncode == 1
    assert f"failed: c2000000 ({path}, line 2)" in done.stdout
    assert "2 comments sent" in done.stdout


@pytest.mark.kafka
def test_an_endless_replay_ends_cleanly_when_told_to(
    kafka_bootstrap: str, topics: Topics, comments: Path
) -> None:
    process = subprocess.Popen(
        replaying(str(comments), "--loop", "--rate", "200", "--json"),
        env=command.on_topics(kafka_bootstrap, topics),
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + DEADLINE_S
    while on_topic(kafka_bootstrap, str(topics.comments)) < 40 and time.monotonic() < deadline:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=DEADLINE_S)
    report = json.loads(printed)
    assert (process.returncode, report["failed"]) == (0, 0)
    assert report["sent"] == on_topic(kafka_bootstrap, str(topics.comments)) >= 40


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--rate", "5", "--speed", "x2"], "exclude each other", id="rate and speed"),
        pytest.param(["--shuffle", "--speed", "x2"], "exclude each other", id="shuffle and speed"),
        pytest.param(["--topic", "no-such-topic"], "modstream topics create", id="no such topic"),
    ],
)
def test_a_mistake_is_one_sentence(
    kafka_bootstrap: str, topics: Topics, comments: Path, arguments: list[str], sentence: str
) -> None:
    done = run(kafka_bootstrap, topics, str(comments), *arguments)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.kafka
def test_speed_needs_the_comments_times(kafka_bootstrap: str, topics: Topics, tmp_path: Path) -> None:
    path = tmp_path / "timeless.csv"
    path.write_text("id,body\nc1,words\n")
    done = run(kafka_bootstrap, topics, str(path), "--speed", "x10")
    assert done.returncode == 1
    assert f"{path}, line 2 has no created_utc" in done.stderr


def test_no_broker_is_one_sentence(comments: Path) -> None:
    done = run("127.0.0.1:1", Topics.named(), str(comments))
    assert done.returncode == 1
    assert "no Kafka broker answers at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
