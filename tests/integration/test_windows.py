"""Windows on a real broker: the same however comments come, final without traffic, revised when due."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from modstream.chaos.loading import synthetic
from modstream.replay import Outgoing
from modstream.service_process import ServiceProcess
from streams.kafka_cluster import Cluster
from tests.integration.pipeline import Pipeline
from tests.waiting import eventually
from tests.windows_matrix import Case, run

pytestmark = pytest.mark.kafka

BEGIN_S = 1_700_000_040
"""A boundary of windows of a minute."""


@pytest.fixture
def quick(pipeline: Pipeline, service: ServiceProcess) -> Pipeline:
    """A pipeline whose worker counts a silent partition as idle at once."""
    pipeline.start_worker(service.http_url, MOD_IDLE_AFTER_S="0.5", MOD_WINDOW_UPDATE_S="0.1")
    return pipeline


def comments(*times_s: float, start: int = 0) -> list[Outgoing]:
    return [
        Outgoing(
            f"t{number}",
            msgspec.json.encode(
                {"id": f"t{number}", "body": "a study", "created_utc": time_s, "subreddit": "science"}
            ),
            "test",
        )
        for number, time_s in enumerate(times_s, start)
    ]


def newest(pipeline: Pipeline) -> dict[tuple[int, str], dict[str, Any]]:
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for row in pipeline.records(pipeline.topics.window_stats):
        where = row["window_start"] - BEGIN_S, row["subreddit"]
        if where not in rows or row["revision"] >= rows[where]["revision"]:
            rows[where] = row
    return rows


def counts(pipeline: Pipeline) -> dict[tuple[int, str], tuple[int, bool]]:
    return {where: (row["count"], row["final"]) for where, row in newest(pipeline).items()}


def test_statistics_are_the_same_however_comments_come_and_whoever_is_killed(
    cluster: Cluster, service: ServiceProcess, tmp_path: Path
) -> None:
    sent = list(synthetic(6_000, seed=5))
    cases = [Case(None, 1, kills=False), Case(400.0, 2, kills=True)]
    results = []
    for number, case in enumerate(cases):
        logs = tmp_path / str(number)
        logs.mkdir()
        results.append(run(case, sent, cluster, service.http_url, logs))
    plain, killed = results
    assert killed.kills > 0
    assert plain.rows == killed.rows
    assert plain.late == killed.late > 0


def test_windows_are_final_without_further_traffic_and_revised_when_a_partition_speaks_again(
    quick: Pipeline,
) -> None:
    quick.send_each(comments(BEGIN_S + 1.0, BEGIN_S + 61.0))
    final = {(0, "*"): (1, True), (0, "science"): (1, True), (60, "*"): (1, True), (60, "science"): (1, True)}
    eventually(lambda: counts(quick) == final, "both windows are final")
    before = newest(quick)[0, "*"]["revision"]

    quick.send_each(comments(*[BEGIN_S + 2.0] * 20, start=2))  # some in every partition
    late = quick.verify(windows_too=True).late
    rows = newest(quick)
    assert rows[0, "*"]["count"] == 21 - late
    assert rows[0, "*"]["final"]
    assert rows[0, "*"]["revision"] > before


def test_window_that_was_open_when_its_worker_died_is_final_with_the_next(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    first = pipeline.start_worker(service.http_url, MOD_IDLE_AFTER_S="3600", MOD_WINDOW_UPDATE_S="0.1")
    pipeline.send_each(comments(BEGIN_S + 1.0, BEGIN_S + 2.0, BEGIN_S + 3.0))
    eventually(lambda: counts(pipeline).get((0, "*")) == (3, False), "the window is open")
    first.kill()
    pipeline.start_worker(service.http_url, MOD_IDLE_AFTER_S="0.5")
    eventually(lambda: counts(pipeline).get((0, "*")) == (3, True), "the window is final")
    assert pipeline.verify(windows_too=True).ok


def test_comment_that_is_too_late_is_told_of_with_how_late_it_was(quick: Pipeline) -> None:
    quick.send_each(comments(*[BEGIN_S + 600.0] * 20))
    quick.send_each(comments(*[BEGIN_S + 5.0] * 20, start=20))
    verdict = quick.verify(windows_too=True)
    assert verdict.ok, verdict
    told = quick.records(quick.topics.late)
    assert len(told) == verdict.late > 0
    assert {(each["reason"], each["by_s"]) for each in told} == {("late", 535.0)}
    rows = newest(quick)
    assert sum(row["count"] + row["late"] for (_, name), row in rows.items() if name == "*") == 40


def test_comment_far_ahead_of_its_time_does_not_close_the_windows_of_others(quick: Pipeline) -> None:
    quick.send_each(comments(*[BEGIN_S + 5.0] * 10, 4e9, *[BEGIN_S + 6.0] * 10))
    verdict = quick.verify(windows_too=True)
    assert verdict.ok, verdict
    assert counts(quick)[0, "*"] == (20, True)
    (told,) = quick.records(quick.topics.late)
    assert told["reason"] == "ahead"
    assert told["by_s"] > 1e9
    assert (verdict.predicted, verdict.late, verdict.ahead) == (21, 0, 1)
