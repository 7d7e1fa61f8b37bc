"""`modstream doctor` on a real broker, in health and in trouble."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests.integration.pipeline import Pipeline
from tests.streams.examples import UNREACHABLE
from tests.waiting import eventually

pytestmark = pytest.mark.kafka


def doctor(*options: str, **environment: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Return the exit status, what was found by the check's name, and what was printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
    done = subprocess.run(
        [sys.executable, "-m", "modstream", "doctor", *options],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)["findings"] if "--json" in options else []
    return done.returncode, {each["check"]: each for each in found}, done.stdout


def test_pipeline_that_works_is_well_and_a_comment_makes_the_round(pipeline: Pipeline) -> None:
    pipeline.start_worker("inprocess:")
    pipeline.send(["somebody is there"])
    eventually(lambda: pipeline.count(pipeline.topics.predictions) == 1, "the worker works")
    settings = {
        "MOD_KAFKA_BOOTSTRAP": str(pipeline.cluster),
        "MOD_TOPIC_PREFIX": pipeline.prefix,
        "MOD_CLASSIFIER_URL": "inprocess:",
    }
    status, found, _ = doctor("--json", "--round-trip", **settings)
    assert {name: each["status"] for name, each in found.items()} == dict.fromkeys(found, "ok"), found
    assert status == 0
    assert list(found) == [
        *("settings", "address", "tls", "kafka", "sasl", "permissions", "topics"),
        *("service", "round trip", "clocks", "lag"),
    ]
    (marked,) = [
        each for each in pipeline.records(pipeline.topics.predictions) if each["id"].startswith("modstream-")
    ]
    assert found["round trip"]["found"].startswith(marked["event_id"])
    (told,) = pipeline.records(pipeline.topics.late)
    assert (told["event_id"], told["reason"]) == (marked["event_id"], "ahead"), "it moves no watermark"
    assert marked["event_id"] not in [each["event_id"] for each in pipeline.records(pipeline.topics.alerts)]


def test_topics_that_are_missing_fail_and_skip_what_needs_them(kafka_bootstrap: str) -> None:
    status, found, _ = doctor(
        "--json",
        MOD_KAFKA_BOOTSTRAP=kafka_bootstrap,
        MOD_TOPIC_PREFIX="nobody-has-made-",
        MOD_CLASSIFIER_URL=f"http://{UNREACHABLE}",
    )
    assert status == 1
    states = {name: each["status"] for name, each in found.items()}
    assert states["topics"] == states["service"] == "failed"
    assert states["clocks"] == states["lag"] == states["round trip"] == "skipped"
    assert "modstream topics create" in found["topics"]["advice"]


def test_broker_that_is_away_is_one_fault() -> None:
    status, found, _ = doctor("--json", MOD_KAFKA_BOOTSTRAP=str(UNREACHABLE), MOD_CLASSIFIER_URL="inprocess:")
    assert status == 1
    assert [name for name, each in found.items() if each["status"] == "failed"] == ["address"]
    assert found["lag"]["found"] == "needs address"
    assert found["service"]["status"] == "ok", "the service is looked at all the same"


def test_no_cluster_at_all_skips_what_needs_one(tmp_path: Path) -> None:
    status, found, _ = doctor("--json", MOD_STATE_DIR=str(tmp_path), MOD_CLASSIFIER_URL="inprocess:")
    assert status == 1
    states = {name: each["status"] for name, each in found.items()}
    assert states.pop("address") == "failed"
    assert states.pop("settings") == states.pop("service") == "ok"
    assert set(states.values()) == {"skipped"}
    assert len(found) == 11


def test_partitions_that_differ_from_the_settings_fail_nothing(cluster: Cluster, topics: Topics) -> None:
    prefix = topics.comments.name.removesuffix("reddit_stream")
    settings = {"MOD_KAFKA_BOOTSTRAP": str(cluster), "MOD_TOPIC_PREFIX": prefix, "MOD_TOPIC_PARTITIONS": "6"}
    status, found, _ = doctor("--json", MOD_CLASSIFIER_URL="inprocess:", **settings)
    assert (status, found["topics"]["status"], found["clocks"]["status"]) == (0, "warning", "ok")


def test_comment_that_nobody_scores_fails_the_round_trip(cluster: Cluster, topics: Topics) -> None:
    prefix = topics.comments.name.removesuffix("reddit_stream")
    settings = {"MOD_KAFKA_BOOTSTRAP": str(cluster), "MOD_TOPIC_PREFIX": prefix}
    status, found, _ = doctor(
        "--json", "--round-trip", "--within", "1", MOD_CLASSIFIER_URL="inprocess:", **settings
    )
    assert (status, found["round trip"]["status"]) == (1, "failed")
    assert "has no outcome after 1 s" in found["round trip"]["found"]


def test_wrong_setting_is_the_only_finding_and_for_people_a_line() -> None:
    status, _, printed = doctor(MOD_BATCH_SIZE="many")
    assert status == 1
    assert printed.startswith("settings    FAILED  MOD_BATCH_SIZE=many: ")
    assert printed.splitlines()[-1] == "1 failed, 0 warned of"


def test_program_that_is_not_one_is_refused(cluster: Cluster) -> None:
    status, _, _ = doctor("--for", "nobody", MOD_KAFKA_BOOTSTRAP=str(cluster))
    assert status == 2
