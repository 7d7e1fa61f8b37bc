"""`modstream state show` as a user runs it."""

import json
import os
import subprocess
import sys

import pytest

from streams.topics import Topics

DEADLINE_S = 60.0


def run(bootstrap: str, prefix: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modstream", "state", "show", *arguments],
        env=os.environ | {"MOD_KAFKA_BOOTSTRAP": bootstrap, "MOD_TOPIC_PREFIX": prefix},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def test_no_broker_is_one_sentence() -> None:
    done = run("127.0.0.1:9", "")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no Kafka broker answers" in done.stderr


def test_help_has_examples() -> None:
    done = run("127.0.0.1:9", "", "--help")
    assert done.returncode == 0
    assert "modstream state show --json" in done.stdout


@pytest.mark.kafka
def test_missing_topics_are_named(kafka_bootstrap: str) -> None:
    done = run(kafka_bootstrap, "nobody-made-")
    assert done.returncode == 1
    assert "nobody-made-reddit_window_state" in done.stderr


@pytest.mark.kafka
def test_a_pipeline_that_has_not_begun_has_nothing(kafka_bootstrap: str, topics: Topics) -> None:
    prefix = str(topics.comments).removesuffix("reddit_stream")
    done = run(kafka_bootstrap, prefix, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["committed"] for each in found["partitions"]] == [None] * topics.comments.partitions
    assert found["merger"] == {"committed": None, "log_end": 0, "lag": 0, "windows_waiting": 0}
    assert found["warnings"] == []
    assert run(kafka_bootstrap, prefix).stdout.count("committed -") == topics.comments.partitions + 1
