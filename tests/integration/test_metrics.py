"""What Prometheus would be told by a worker and its service that really work."""

import http.client
import re

import pytest

from modstream.local_kafka import free_port
from modstream.service_process import ServiceProcess
from tests.integration.pipeline import Pipeline
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

COMMENTS = 40


def scrape(port: int) -> dict[str, float]:
    """Return the samples that `/metrics` on a port has, by name and labels; empty while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    finally:
        connection.close()
    assert answer.status == http.client.OK
    assert (answer.getheader("Content-Type") or "").startswith("text/plain")
    samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(number) for name, number in samples}


def total(samples: dict[str, float], name: str) -> float:
    """Return the sum of a metric over its labels."""
    return sum(number for key, number in samples.items() if re.fullmatch(rf"{name}({{.*}})?", key))


def bounds(samples: dict[str, float], name: str) -> dict[str, float]:
    """Return a metric's samples by the label `le`."""
    mine = {key: number for key, number in samples.items() if key.startswith(name + "{")}
    return {re.findall(r'le="([^"]+)"', key)[0]: number for key, number in mine.items()}


def model_of(samples: dict[str, float]) -> str:
    """Return the model version that is told."""
    (version,) = re.findall(r'modstream_model_info{.*model_version="(\w+)"', "\n".join(samples))
    return str(version)


def test_worker_and_service_tell_of_every_comment(pipeline: Pipeline) -> None:
    port, ports = free_port(), (free_port(), free_port(), free_port())
    with ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service.log") as service:
        service.wait_ready()
        pipeline.start_worker(service.http_url, MOD_WEB_PORT=str(port))
        pipeline.send([f"you idiot number {number}" for number in range(COMMENTS)])
        eventually(lambda: total(scrape(port), "modstream_comments_total") >= COMMENTS, "they are counted")
        worker, of_service = scrape(port), scrape(ports[2])
    assert total(worker, "modstream_predictions_total") == COMMENTS
    assert total(worker, "modstream_alerts_total") == pipeline.count(pipeline.topics.alerts)
    assert total(worker, "modstream_prediction_latency_seconds_count") == COMMENTS
    assert worker["modstream_ready"] == 1
    assert worker["modstream_moderation_threshold"] == 0.5
    assert total(worker, "modstream_batch_comments_sum") == COMMENTS
    assert total(of_service, "modstream_comments_scored_total") >= COMMENTS
    assert total(of_service, "modstream_request_comments_sum") >= COMMENTS
    observed = bounds(worker, "modstream_prediction_probability_bucket")
    trained = bounds(of_service, "modstream_training_probability_share")
    assert observed.keys() - {"+Inf"} == trained.keys(), "else they could not be compared"
    assert trained["1.0"] == pytest.approx(1.0)
    assert model_of(worker) == model_of(of_service)
