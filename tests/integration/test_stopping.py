"""Workers that are stopped, restarted, and left without a broker."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from modstream import topic_admin
from modstream.consumer_group import wait_until_stable
from modstream.local_kafka import LocalKafka, free_port
from modstream.service_process import ServiceProcess
from streams.topics import Topics
from tests.integration.pipeline import Pipeline
from tests.integration.replaced import SWITCH, ReplacedModel
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

PUT_OUT = (b"does not get over: ", b"Unexpected error in join group", b"Unexpected error from SyncGroup")
"""What a worker says that ends because of the broker's answer: while it reads nothing, and while it reads."""

STOPS_WITHIN_S = 10.0
SLACK_S = 2.0
"""For a machine that does other things as well."""

BODIES = ["a comment that is short", "and another, this one is removed, you idiot"] * 200


@pytest.fixture
def own_kafka(tmp_path: Path, kafka_cache_dir: Path) -> Iterator[LocalKafka]:
    """Yield a broker that the test may kill."""
    with LocalKafka(
        tmp_path / "kafka", free_port(), cache_dir=kafka_cache_dir, die_with_parent=True
    ) as broker:
        yield broker


@pytest.fixture
def own_pipeline(own_kafka: LocalKafka, tmp_path: Path) -> Iterator[Pipeline]:
    topics = Topics.named()
    topic_admin.create(own_kafka.cluster, topics)
    pipeline = Pipeline(own_kafka.cluster, topics, tmp_path)
    yield pipeline
    for worker in pipeline.workers:
        worker.kill()


def generations(log: Path) -> int:
    """Return how often a worker has been given partitions."""
    return log.read_bytes().count(b"with generation")


def test_worker_under_full_load_stops_in_time_and_repeats_nothing(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    first = pipeline.start_worker(service.http_url, MOD_BATCH_SIZE="20")
    pipeline.send(BODIES)
    eventually(lambda: pipeline.count(pipeline.topics.predictions) > 0, "the first worker works")
    pipeline.send(BODIES * 20)
    started = time.monotonic()
    assert first.stop(within_s=STOPS_WITHIN_S + SLACK_S) == 0
    assert time.monotonic() - started < STOPS_WITHIN_S + SLACK_S
    assert b"LeaveGroup request succeeded" in first.log.read_bytes()
    assert pipeline.verify(wait_s=0.0).missing > 0, "it was stopped under load"
    pipeline.start_worker(service.http_url)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.redelivered) == (len(BODIES) * 21, 0)


def test_worker_without_a_broker_stops_in_time_and_says_why(
    own_pipeline: Pipeline, own_kafka: LocalKafka
) -> None:
    worker = own_pipeline.start_worker("inprocess:")
    own_pipeline.send(BODIES)
    eventually(lambda: own_pipeline.count(own_pipeline.topics.predictions) > 0, "the worker works")
    own_kafka.signal(signal.SIGKILL)
    eventually(lambda: b"Unable connect to node" in worker.log.read_bytes(), "the worker noticed")
    assert worker.stop(within_s=STOPS_WITHIN_S + SLACK_S) == 1
    assert b"does not answer: ending anyway" in worker.log.read_bytes()
    own_kafka.start()
    own_pipeline.start_worker("inprocess:")
    verdict = own_pipeline.verify()
    assert verdict.ok, verdict.offenders


def test_broker_that_comes_back_finds_the_worker_waiting(
    own_pipeline: Pipeline, own_kafka: LocalKafka
) -> None:
    worker = own_pipeline.start_worker("inprocess:", MOD_BATCH_SIZE="20")
    own_pipeline.send(BODIES * 5)
    eventually(lambda: own_pipeline.count(own_pipeline.topics.predictions) > 0, "the worker works")
    own_kafka.signal(signal.SIGKILL)
    eventually(lambda: b"Unable connect to node" in worker.log.read_bytes(), "the worker noticed")
    own_kafka.start()
    verdict = own_pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert verdict.predicted == len(BODIES) * 5
    worker.require_alive()


def test_restart_under_its_own_name_does_not_disturb_the_other_worker(pipeline: Pipeline) -> None:
    other = pipeline.start_worker("inprocess:", MOD_INSTANCE_ID="other")
    first = pipeline.start_worker("inprocess:", MOD_INSTANCE_ID="first")
    group = f"{pipeline.prefix}modstream"
    wait_until_stable(pipeline.cluster, group, 2, 60.0, logs=str(pipeline.logs), check=other.require_alive)
    before = generations(other.log)
    assert first.stop() == 0
    pipeline.send(BODIES)
    pipeline.start_worker("inprocess:", MOD_INSTANCE_ID="first")
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert verdict.redelivered == 0
    assert generations(other.log) == before, "the partitions did not move"


def test_two_workers_of_one_name_lose_nothing_and_are_told_of(pipeline: Pipeline) -> None:
    """They take the partitions from each other every few seconds, in one generation of the group."""
    one_of_them = partial(pipeline.start_worker, "inprocess:", MOD_INSTANCE_ID="same", MOD_BATCH_SIZE="5")
    pair = [one_of_them(), one_of_them()]
    while all(b"as well? Each needs its own" not in worker.log.read_bytes() for worker in pair):
        for place, worker in enumerate(pair):
            if not worker.is_alive():  # seldom the broker ends the membership of one of them
                assert worker.stop() == 1
                assert any(sign in worker.log.read_bytes() for sign in PUT_OUT)
                pair[place] = one_of_them()
        pipeline.send(BODIES[:40])
        assert pipeline.sent < 100_000, "nobody was told"
    for worker in pair:
        worker.stop()
    pipeline.start_worker("inprocess:")
    verdict = pipeline.verify()
    assert verdict.missing == 0, verdict.offenders
    assert verdict.conflicting == 0, verdict.offenders


def test_worker_stops_when_the_broker_refuses_its_outputs_and_the_next_one_goes_on(
    pipeline: Pipeline,
) -> None:
    """What the topics take is asked at the start; whoever changes it later stops the worker once."""
    worker = pipeline.start_worker("inprocess:")
    pipeline.send(BODIES[:1])
    eventually(lambda: pipeline.count(pipeline.topics.predictions) == 1, "it works")
    pipeline.configure(pipeline.topics.predictions, {"max.message.bytes": "200"})
    pipeline.send(BODIES[1:])
    eventually(lambda: not worker.is_alive(), "it has stopped by itself")
    assert worker.stop() == 1
    assert b"the broker did not confirm all of" in worker.log.read_bytes()
    pipeline.configure(pipeline.topics.predictions, {"max.message.bytes": "2000000"})
    pipeline.start_worker("inprocess:")
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert verdict.predicted == len(BODIES)


def test_worker_stops_when_the_model_has_no_threshold_of_the_name_and_the_next_one_goes_on(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    pipeline.send(BODIES)
    worker = pipeline.start_worker(service.http_url, MOD_MODERATION_THRESHOLD="nope")
    eventually(lambda: not worker.is_alive(), "it has stopped by itself")
    assert worker.stop() == 1
    *before, last = worker.log.read_text().splitlines()
    assert last.startswith("modstream: MOD_MODERATION_THRESHOLD=nope: the model at http://")
    assert not any("Traceback" in line for line in before)
    assert pipeline.count(pipeline.topics.dead_letters) == 0
    pipeline.start_worker(service.http_url)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.redelivered) == (len(BODIES), 0)


def test_worker_stops_when_its_model_is_replaced_by_one_that_knows_no_names(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    switch = tmp_path / "replaced"
    url = f"inprocess:{ReplacedModel.__module__}.ReplacedModel"
    environment = {SWITCH: str(switch), "MOD_MODERATION_THRESHOLD": "balanced"}
    worker = pipeline.start_worker(url, **environment)
    pipeline.send(BODIES)
    eventually(lambda: pipeline.count(pipeline.topics.alerts) == len(BODIES), "all are above the threshold")
    assert {each["threshold"] for each in pipeline.records(pipeline.topics.alerts)} == {0.25}
    switch.touch()
    pipeline.send(BODIES)
    eventually(lambda: not worker.is_alive(), "it has stopped by itself")
    assert worker.stop() == 1
    assert "MOD_MODERATION_THRESHOLD=balanced: the model service at inprocess:" in worker.log.read_text()
    assert pipeline.count(pipeline.topics.dead_letters) == 0
    assert pipeline.count(pipeline.topics.predictions) == len(BODIES)
