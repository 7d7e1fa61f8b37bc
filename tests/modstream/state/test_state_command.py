"""`modstream state show` as a user runs it."""

import json
import subprocess

import pytest

from streams.topics import Topics
from tests import command


def run(bootstrap: str, topics: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command.run(bootstrap, topics, "state", "show", *arguments)


def test_no_broker_is_one_sentence() -> None:
    done = run("127.0.0.1:9", Topics.named())
    assert (done.returncode, done.stdout) == (1, "")
    assert "no Kafka broker answers" in done.stderr


def test_help_has_examples() -> None:
    done = run("127.0.0.1:9", Topics.named(), "--help")
    assert done.returncode == 0
    assert "modstream state show --json" in done.stdout


@pytest.mark.kafka
def test_missing_topics_are_named(kafka_bootstrap: str) -> None:
    done = run(kafka_bootstrap, Topics.named("nobody-made-"))
    assert done.returncode == 1
    assert "nobody-made-reddit_window_state" in done.stderr


@pytest.mark.kafka
def test_a_pipeline_that_has_not_begun_has_nothing(kafka_bootstrap: str, topics: Topics) -> None:
    done = run(kafka_bootstrap, topics, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["committed"] for each in found["partitions"]] == [None] * topics.comments.partitions
    assert found["merger"] == {"committed": None, "log_end": 0, "lag": 0, "windows_waiting": 0}
    assert found["warnings"] == []
    assert run(kafka_bootstrap, topics).stdout.count("committed -") == topics.comments.partitions + 1
