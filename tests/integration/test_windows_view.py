"""What `modstream windows` and `modstream state` show of a real worker is what was sent."""

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import msgspec
import pytest

from modstream.replay import AsFastAsPossible, Outgoing, replay
from modstream.service_process import ServiceProcess
from tests.integration.pipeline import Pipeline
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

DEADLINE_S = 60.0
START_S = 1_700_000_040
SUBREDDITS = ("science", "space", None)
COMMENTS = 240
FAST = {"MOD_IDLE_AFTER_S": "1", "MOD_WINDOW_UPDATE_S": "0.2"}


def minute_of(number: int) -> int:
    """Return the window of a comment: each has 40, in the order in which they are sent."""
    return number // 40


def send(pipeline: Pipeline) -> None:
    comments = [
        Outgoing(
            f"c{number}",
            msgspec.json.encode(
                {
                    "id": f"c{number}",
                    "body": f"comment {number}",
                    "created_utc": START_S + minute_of(number) * 60 + number % 40,
                    "subreddit": SUBREDDITS[number % 3],
                }
            ),
            f"line {number}",
        )
        for number in range(COMMENTS)
    ]
    report = replay(comments, pipeline.cluster, pipeline.topics.comments.name, AsFastAsPossible())
    assert report.sent == COMMENTS, report.failures


def command(pipeline: Pipeline, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "modstream", *arguments],
        env=os.environ
        | {"MOD_KAFKA_BOOTSTRAP": pipeline.cluster.bootstrap, "MOD_TOPIC_PREFIX": pipeline.prefix},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def windows(pipeline: Pipeline, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in command(pipeline, "windows", "--json", *arguments).splitlines()]


def test_counts_and_offsets_are_those_of_what_was_sent(pipeline: Pipeline, service: ServiceProcess) -> None:
    pipeline.start_worker(service.http_url, **FAST)
    send(pipeline)

    def all_final() -> bool:
        rows = windows(pipeline)
        # By the count too: windows are final, and revised, as long as only some partitions have begun.
        return sum(row["count"] for row in rows) == COMMENTS and all(row["final"] for row in rows)

    eventually(all_final, "every comment in a final window")
    rows = windows(pipeline, "--all")
    expected = Counter(
        (START_S + minute_of(number) * 60, name)
        for number in range(COMMENTS)
        for name in ("*", SUBREDDITS[number % 3])
        if name is not None
    )
    assert {(row["window_start"], row["subreddit"]): row["count"] for row in rows} == expected
    assert all(sum(row["probability_histogram"]) == row["count"] for row in rows)
    alerts = pipeline.records(pipeline.topics.alerts)
    assert sum(row["alerts"] for row in rows if row["subreddit"] == "*") == len(alerts)
    assert [row["subreddit"] for row in windows(pipeline, "--subreddit", "space", "--last", "2")] == [
        "space"
    ] * 2

    def nothing_waits() -> bool:
        found = state(pipeline)
        return found["merger"]["lag"] == 0 and all(each["lag"] == 0 for each in found["partitions"])

    eventually(nothing_waits, "everything committed")
    found = state(pipeline)
    assert found["warnings"] == []
    assert sum(each["committed"] for each in found["partitions"]) == COMMENTS
    for each in found["partitions"]:
        assert each["next_offset"] == each["log_end"] == each["committed"]
        assert each["watermark"] == each["newest_event_time"] - 60.0
        assert each["open_windows"] >= 1, "the newest one at least"
        assert each["idle"] is True
    assert max(each["newest_event_time"] for each in found["partitions"]) == START_S + 5 * 60 + 39
    assert found["merger"]["windows_waiting"] == 0


def state(pipeline: Pipeline) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(pipeline, "state", "show", "--json"))
    return found
