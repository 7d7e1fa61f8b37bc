"""What the worker's pages say, in health and in trouble."""

import contextlib
import http.client
import json
import math
import signal
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import NamedTuple

import psutil
import pytest

from modstream import worker_process
from modstream.local_kafka import free_port
from modstream.service_process import ServiceProcess
from tests.integration import wedging
from tests.integration.pipeline import Pipeline
from tests.waiting import eventually

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


def test_worker_that_is_stuck_does_not_pass_for_alive(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    settings = {"MOD_WEB_PORT": str(port), "MOD_STUCK_AFTER_S": "6"}
    with monkeypatch.context() as patch:
        patch.setattr(worker_process, "COMMAND", wedging.COMMAND)
        stuck = pipeline.start_worker("inprocess:", **settings)
    pipeline.send(["hello", "world"])
    eventually(lambda: pipeline.count(pipeline.topics.predictions) == 2, "predictions before it is wedged")
    assert [ask(port, path) for path in PAGES] == [Page(200, [])] * 3
    stuck.signal(signal.SIGHUP)

    def is_found_out() -> bool:
        pipeline.send(["nobody will fetch this"])  # but for the first, by a fetch that was under way
        return ask(port, "/livez") != Page(200, [])

    eventually(is_found_out, "it is found out")
    assert ask(port, "/livez") == Page(503, ["comments wait and none was finished for 6 s"])
    assert pipeline.count(pipeline.topics.predictions) < pipeline.sent
    stuck.kill()
    pipeline.start_worker("inprocess:")
    verdict = pipeline.verify()
    assert verdict.ok, verdict.offenders


@contextlib.contextmanager
def unavailable(port: int) -> Iterator[Callable[[], int]]:
    """Answer 503 on a port, whatever is asked; yields a function that returns how often it was."""
    asked = 0

    class Unavailable(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal asked
            asked += 1
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name for it
            pass

    with HTTPServer(("127.0.0.1", port), Unavailable) as server:
        answering = threading.Thread(target=server.serve_forever)
        answering.start()
        try:
            yield lambda: asked
        finally:
            server.shutdown()
            answering.join()


def test_worker_whose_service_is_away_lives_but_is_not_ready(pipeline: Pipeline) -> None:
    port = free_port()
    stuck_after_s, probe_every_s = 4.0, 0.2
    settings = {
        "MOD_WEB_PORT": str(port),
        "MOD_STUCK_AFTER_S": str(stuck_after_s),
        "MOD_RETRY_BUDGET_S": "0.5",
        "MOD_RETRY_MAX_WAIT_S": str(probe_every_s),
    }
    ports = (free_port(), free_port(), free_port())
    with ServiceProcess.start(None, *ports, log_file=pipeline.logs / "service.log") as service:
        service.wait_ready()
        worker = pipeline.start_worker(service.http_url, **settings)
        eventually(lambda: ask(port, "/readyz") == Page(200, []), "it is ready")
    with unavailable(ports[0]) as probes:
        pipeline.send(["comments", "that", "wait"])
        eventually(lambda: b"partitions paused" in worker.log.read_bytes(), "the breaker opened")
        eventually(lambda: ask(port, "/readyz") != Page(200, []), "it is not ready")
        assert ask(port, "/readyz") == Page(503, ["the model service does not answer"])
        # Half of that time is between two probes, or more: so many take longer than it may be stuck.
        enough = probes() + 1 + math.ceil(stuck_after_s / (probe_every_s / 2))

        def is_probed_enough() -> bool:
            assert ask(port, "/livez") == Page(200, [])
            return probes() > enough

        eventually(is_probed_enough, "probes for longer than it may be stuck")


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
