"""A worker that cannot start yet waits, and then says in one sentence what was missing."""

import os
import subprocess
import sys

import pytest

from streams.errors import NotStartedError
from streams.kafka_cluster import Cluster
from streams.rights import Right
from streams.starting import wait_for_topics
from streams.topics import Topics
from tests.streams.examples import UNREACHABLE


async def test_wait_ends_when_a_stop_is_asked_for() -> None:
    await wait_for_topics(UNREACHABLE, {"a": []}, "g", within_s=60.0, should_stop=lambda: True)


async def test_broker_that_does_not_answer_in_time_is_named() -> None:
    with pytest.raises(NotStartedError, match=f"no Kafka broker answers at {UNREACHABLE}"):
        await wait_for_topics(UNREACHABLE, {"a": []}, "g", within_s=0.0, should_stop=lambda: False)


@pytest.mark.kafka
async def test_topics_that_are_missing_are_named(cluster: Cluster, topics: Topics) -> None:
    present = topics.comments.name
    await wait_for_topics(cluster, {present: []}, "g", within_s=0.0, should_stop=lambda: False)
    with pytest.raises(NotStartedError, match=rf"missing on {cluster}: not-there \("):
        wanted: dict[str, list[Right]] = {present: [], "not-there": []}
        await wait_for_topics(cluster, wanted, "g", within_s=0.0, should_stop=lambda: False)


def test_worker_without_a_broker_ends_with_a_sentence() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
    done = subprocess.run(
        [sys.executable, "-m", "streams", "worker", "-l", "info", "--without-web"],
        env={**clean, "MOD_KAFKA_BOOTSTRAP": UNREACHABLE.bootstrap, "MOD_START_WITHIN_S": "0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "modstream: not started within 0.1 s: no Kafka broker answers"
    )
    assert "Traceback" not in done.stderr
