"""Comments in, predictions and alerts out: on a real broker, with the real service and real workers."""

import os
import signal
from collections import Counter

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer

from model_service.reddit_classifier import RedditClassifier
from modstream.local_kafka import free_port
from modstream.service_process import ServiceProcess
from tests.integration.pipeline import THRESHOLD, Pipeline
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

BODIES = [
    "The authors measured sleep in 240 adults and found a small effect, see the appendix for the data.",
    "lol what a joke, this sub is garbage and so are you",
    "My doctor told me the same thing last year and my pain went away with diet alone!!!",
    "",
    "Überraschend 😀 but the sample size (n=12) is too small for that claim.",
    "[deleted]",
] * 50


@pytest.mark.parametrize("transport", ["rest", "grpc", "inprocess"])
def test_every_comment_has_its_own_prediction_and_alert(
    pipeline: Pipeline, service: ServiceProcess, transport: str
) -> None:
    url = {"rest": service.http_url, "grpc": service.grpc_url, "inprocess": "inprocess:"}[transport]
    pipeline.start_worker(url)
    pipeline.send(BODIES)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert verdict.predicted == verdict.inputs == len(BODIES)
    assert verdict.redelivered == 0

    expected = RedditClassifier().predict(BODIES, [])[:, 1]
    told = {each["id"]: each for each in pipeline.records(pipeline.topics.predictions)}
    for number, body in enumerate(BODIES):
        assert told[f"c{number}"]["original"] == body
        assert told[f"c{number}"]["probability"] == pytest.approx(expected[number], abs=1e-12)
    alerts = pipeline.records(pipeline.topics.alerts)
    assert {each["id"] for each in alerts} == {f"c{n}" for n, p in enumerate(expected) if p > THRESHOLD}
    assert alerts
    assert all(each["reasons"] and each["threshold"] == THRESHOLD for each in alerts if each["original"])


def test_prediction_that_its_topic_does_not_take_is_a_dead_letter_and_the_rest_go_on(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    """Whoever made the topic set a lower limit than the pipeline asks for."""
    pipeline.configure(pipeline.topics.predictions, {"max.message.bytes": "20000"})
    pipeline.start_worker(service.http_url)
    pipeline.send([*BODIES, "word " * 5_000, *BODIES])  # together far beyond a batch that the topic takes
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.dead_lettered) == (2 * len(BODIES), 1)


def test_what_is_not_a_comment_is_dead_lettered_untouched(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    nasty = [
        (b"k1", b"\xff\xfe\x00not utf-8"),
        (b"\x00\x01", b'{"id":"no body"}'),
        (b"k2", None),
        (None, b'{"id":1,"body":"number"}'),
        (b"k3", b"[" * 100_000),
    ]
    producer = KafkaProducer(bootstrap_servers=pipeline.cluster.servers)
    for key, value in nasty:
        producer.send(pipeline.topics.comments.name, key=key, value=value, partition=0).get(30)
    producer.close()
    pipeline.send(BODIES[:20])
    pipeline.start_worker(service.http_url)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.dead_lettered) == (20, len(nasty))

    consumer = KafkaConsumer(
        pipeline.topics.dead_letters.name,
        bootstrap_servers=pipeline.cluster.servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=10_000,
    )
    letters = [next(consumer) for _ in nasty]
    consumer.close()
    assert [(each.key, each.value) for each in letters] == nasty
    assert all(dict(each.headers)["__streams.errors.message"] for each in letters)


def test_comment_too_large_for_its_prediction_holds_nobody_up(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    """Compressed, a comment of 3 MB passes the broker's limit of 1 MB; its prediction would not."""
    large = msgspec.json.encode({"id": "large", "body": "a removed comment " * 180_000})
    undecodable = b"\xff" * 3_000_000
    producer = KafkaProducer(
        bootstrap_servers=pipeline.cluster.servers, compression_type="gzip", max_request_size=8_000_000
    )
    for value in (large, undecodable):
        producer.send(pipeline.topics.comments.name, key=b"large", value=value, partition=1).get(30)
    producer.close()
    pipeline.send(BODIES[:50])
    pipeline.start_worker(service.http_url)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.dead_lettered) == (50, 2)


def test_service_that_is_killed_in_mid_stream_loses_nothing(pipeline: Pipeline) -> None:
    ports = (free_port(), free_port(), free_port())
    service = ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service-1.log")
    try:
        service.wait_ready()
        worker = pipeline.start_worker(service.http_url, MOD_BATCH_SIZE="5")
        pipeline.send(BODIES)
        eventually(lambda: pipeline.count(pipeline.topics.predictions) > 0, "the worker works")
        pipeline.send(BODIES * 9)
        os.killpg(service.pid, signal.SIGKILL)
    finally:
        service.stop()
    eventually(lambda: b"next in" in worker.log.read_bytes(), "the worker noticed")
    with ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service-2.log"):
        verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.redelivered) == (len(BODIES) * 10, 0)


def test_service_that_is_away_delays_comments_and_loses_none(pipeline: Pipeline) -> None:
    ports = (free_port(), free_port(), free_port())
    with ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service-1.log") as service:
        service.wait_ready()
        worker = pipeline.start_worker(service.http_url)
        pipeline.send(BODIES[:50])
        eventually(lambda: pipeline.count(pipeline.topics.predictions) == 50, "predictions before the outage")
    pipeline.send(BODIES[50:150])
    eventually(lambda: b"next in" in worker.log.read_bytes(), "the worker noticed")
    assert pipeline.count(pipeline.topics.predictions) == 50
    with ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service-2.log"):
        verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.dead_lettered, verdict.redelivered) == (150, 0, 0)
    worker.require_alive()


def test_worker_stops_without_the_service_and_gives_its_comments_back(pipeline: Pipeline) -> None:
    worker = pipeline.start_worker("http://127.0.0.1:9")
    pipeline.send(BODIES[:50])
    eventually(lambda: b"next in" in worker.log.read_bytes(), "the worker noticed")
    assert worker.stop(within_s=15.0) == 0
    assert pipeline.verify(wait_s=0.0).missing == 50


def test_stopped_worker_finishes_its_batch_and_repeats_nothing(
    pipeline: Pipeline, service: ServiceProcess
) -> None:
    first = pipeline.start_worker(service.http_url, MOD_BATCH_SIZE="5")
    pipeline.send(BODIES)
    eventually(lambda: pipeline.count(pipeline.topics.predictions) > 0, "the first worker works")
    pipeline.send(BODIES * 9)  # far faster than batches of five are moderated
    assert first.stop() == 0
    assert pipeline.verify(wait_s=0.0).missing > 0, "it was stopped in mid-stream"
    pipeline.start_worker(service.http_url)
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.redelivered) == (len(BODIES) * 10, 0)


def test_killed_worker_loses_nothing(pipeline: Pipeline, service: ServiceProcess) -> None:
    first = pipeline.start_worker(service.http_url, MOD_BATCH_SIZE="5")
    pipeline.send(BODIES)
    eventually(lambda: pipeline.count(pipeline.topics.predictions) > 0, "the first worker works")
    pipeline.send(BODIES * 9)  # far faster than batches of five are moderated
    first.kill()
    assert pipeline.verify(wait_s=0.0).missing > 0, "it was killed in mid-stream"
    pipeline.start_worker(service.http_url)
    verdict = pipeline.verify(wait_s=90.0)
    assert verdict.ok, verdict.offenders
    assert verdict.predicted == len(BODIES) * 10
    for topic in (pipeline.topics.predictions, pipeline.topics.alerts):
        told = Counter(each["event_id"] for each in pipeline.records(topic))
        repeated = Counter[str]()
        for event_id, times in told.items():
            repeated[event_id.rpartition(":")[0]] += times - 1
        assert max(repeated.values(), default=0) <= 5, "of each partition at most one full batch"


def test_workers_that_come_and_go_share_the_partitions(pipeline: Pipeline, service: ServiceProcess) -> None:
    pipeline.send(BODIES * 5)
    first = pipeline.start_worker(service.http_url, MOD_BATCH_SIZE="5")
    eventually(lambda: pipeline.count(pipeline.topics.predictions) > 50, "the first worker works")
    second = pipeline.start_worker(service.http_url, MOD_BATCH_SIZE="5")
    eventually(lambda: b"Worker ready" in second.log.read_bytes(), "the second worker joined")
    pipeline.send(BODIES * 5)
    assert first.stop() == 0
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders
    assert (verdict.predicted, verdict.redelivered) == (len(BODIES) * 10, 0)
