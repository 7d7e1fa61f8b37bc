"""`modstream verify` as a user runs it."""

import json
import signal
import subprocess
import sys

import pytest
from kafka import KafkaProducer

from streams.topics import Topics
from tests import command

DEADLINE_S = 60.0


def run(bootstrap: str, topics: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command.run(bootstrap, topics, "verify", *arguments)


@pytest.mark.kafka
def test_a_full_account_is_success(kafka_bootstrap: str, topics: Topics) -> None:
    done = run(kafka_bootstrap, topics, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True


@pytest.mark.kafka
def test_a_lost_comment_is_failure_and_its_body_is_not_shown(kafka_bootstrap: str, topics: Topics) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka_bootstrap)
    producer.send(str(topics.comments), b'{"id":"c1","body":"private words"}', b"c1", partition=3)
    producer.close(timeout=DEADLINE_S)
    done = run(kafka_bootstrap, topics)
    assert done.returncode == 1
    assert f"missing: {topics.comments}, partition 3, offset 0" in done.stdout
    assert "private words" not in done.stdout + done.stderr


@pytest.mark.kafka
def test_follow_and_wait_exclude_each_other(kafka_bootstrap: str, topics: Topics) -> None:
    done = run(kafka_bootstrap, topics, "--follow", "--wait", "3")
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


@pytest.mark.kafka
def test_following_ends_with_the_verdict_when_told_to(kafka_bootstrap: str, topics: Topics) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "modstream", "verify", "--follow", "--json"],
        env=command.on_topics(kafka_bootstrap, topics),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("0 comments")
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert json.loads(printed)["ok"] is True
