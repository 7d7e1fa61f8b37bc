"""What the worker's pages say, in health and in trouble."""

import http.client
import json
import time
from typing import NamedTuple

import psutil
import pytest

from modstream.local_kafka import free_port
from modstream.service_process import ServiceProcess
from tests.integration.pipeline import Pipeline, eventually
from tests.integration.wedging import WEDGE

pytestmark = pytest.mark.kafka

PAGES = ("/livez", "/readyz", "/startupz")


class Page(NamedTuple):
    """A page's status, and what it says is wrong."""

    status: int
    wrong: list[str]


def ask(port: int, path: str) -> Page | None:
    """Return what a page says, None while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return Page(answer.status, json.load(answer)["wrong"])
    except OSError:
        return None
    finally:
        connection.close()


def test_worker_that_is_stuck_does_not_pass_for_alive(pipeline: Pipeline) -> None:
    port = free_port()
    settings = {"MOD_WEB_PORT": str(port), "MOD_STUCK_AFTER_S": "6"}
    stuck = pipeline.start_worker("inprocess:tests.integration.wedging.WedgingClassifier", **settings)
    pipeline.send(["hello", WEDGE])
    eventually(lambda: pipeline.count(pipeline.topics.predictions) == 2, "predictions before it is wedged")
    assert [ask(port, path) for path in PAGES] == [Page(200, [])] * 3
    pipeline.send(["nobody will fetch this"])
    eventually(lambda: ask(port, "/livez") != Page(200, []), "it is found out")
    assert ask(port, "/livez") == Page(503, ["comments wait and none was finished for 6 s"])
    stuck.kill()
    pipeline.start_worker("inprocess:")
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders


def test_worker_whose_service_is_away_lives_but_is_not_ready(pipeline: Pipeline) -> None:
    port = free_port()
    settings = {"MOD_WEB_PORT": str(port), "MOD_STUCK_AFTER_S": "6", "MOD_RETRY_BUDGET_S": "0.5"}
    ports = (free_port(), free_port(), free_port())
    with ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service.log") as service:
        service.wait_ready()
        worker = pipeline.start_worker(service.http_url, **settings)
        eventually(lambda: ask(port, "/readyz") == Page(200, []), "it is ready")
    pipeline.send(["comments", "that", "wait"])
    eventually(lambda: b"partitions paused" in worker.log.read_bytes(), "the breaker opened")
    eventually(lambda: ask(port, "/readyz") != Page(200, []), "it is not ready")
    assert ask(port, "/readyz") == Page(503, ["the model service does not answer"])
    away_since = time.monotonic()
    while time.monotonic() - away_since < 9.0:  # longer than it may be stuck
        assert ask(port, "/livez") == Page(200, [])
        time.sleep(0.2)


def test_pages_of_faust_that_show_the_cluster_are_off_and_the_rest_is_for_this_machine(
    pipeline: Pipeline,
) -> None:
    port = free_port()
    worker = pipeline.start_worker("inprocess:", MOD_WEB_PORT=str(port))
    eventually(lambda: ask(port, "/startupz") == Page(200, []), "it has started")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    for path in ("/table/", "/router/", "/graph", "/stats"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == http.client.NOT_FOUND, path
    connection.close()
    sockets = psutil.Process(worker.pid).net_connections()
    listening = [each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]
