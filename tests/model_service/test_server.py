"""The service as its callers meet it: real processes, on ports of this machine."""

import asyncio
import base64
import http.client
import io
import json
import os
import platform
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import grpc
import pytest
from google.protobuf.json_format import ParseDict
from seldon_core.metrics import SeldonMetrics
from seldon_core.proto.prediction_pb2 import SeldonMessage

from model_service.errors import PortTakenError
from model_service.reddit_classifier import RedditClassifier
from model_service.server import REST_THREADS, _hearing_out, check_ports
from model_service.settings import ServiceSettings
from model_service.shared_metrics import SharedMetrics
from modstream.service_process import ServiceProcess
from streams.classifiers import Classifier, Scores
from streams.classifiers.answers import checked_scores
from streams.classifiers.seldon_grpc import METHOD, SeldonGrpcClassifier
from streams.classifiers.seldon_rest import SeldonRestClassifier
from streams.errors import ClassifierRefusedError, UnknownThresholdError
from streams.settings import StreamSettings, Threshold
from tests.model_service.examples import make_texts
from tests.modstream.service_processes import (
    Ports,
    family,
    is_gone,
    killed_in_the_end,
    listening_addresses,
)
from tests.waiting import eventually

TEXTS = [*make_texts(20)[0], "", "unheard", "😂 &amp; \u202e", "line\nend\0", "x" * 5_000]
LIMIT_BYTES = 512 * 1024
MOST_TEXTS = 2_000
BEGUN_BODY = b"POST /predict HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"

type Post = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def ports() -> Ports:
    return Ports.free()


@pytest.fixture(scope="module")
def service(
    ports: Ports, good_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    log = tmp_path_factory.mktemp("service") / "log"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOD_SERVICE_MAX_MESSAGE_BYTES", str(LIMIT_BYTES))
        environment.setenv("MOD_SERVICE_MAX_TEXTS", str(MOST_TEXTS))
        environment.setenv("MOD_SERVICE_READ_TIMEOUT_S", "1")
        started = ServiceProcess.start(good_bundle, *ports.all(), log_file=log)
    with started:
        started.wait_ready()
        yield started


@pytest.fixture(scope="module")
def here(good_bundle: Path) -> RedditClassifier:
    return RedditClassifier(str(good_bundle))


@pytest.fixture(scope="module")
def expected(here: RedditClassifier) -> Scores:
    return scores_of(here)


@pytest.fixture
def post(service: ServiceProcess, ports: Ports) -> Post:
    """Return a function that posts some bytes and returns the status and the answer."""
    return lambda body, **options: post_to(ports.http, body, **options)


def scores_of(classifier: RedditClassifier) -> Scores:
    """Return what the class says of `TEXTS`, in the form of the worker's clients."""
    matrix = classifier.predict(TEXTS, [], meta={"tags": {"explain_above": 0.5, "reasons": 3}})
    return checked_scores("", len(TEXTS), matrix.shape, matrix.ravel().tolist(), classifier.tags(), 0.5, 3)


def ask(classifier: Classifier, texts: list[str] = TEXTS, explain_above: Threshold = 0.5) -> Scores:
    async def score() -> Scores:
        try:
            return await classifier.score(texts, explain_above, reasons=3)
        finally:
            await classifier.close()

    return asyncio.run(score())


def post_to(
    port: int,
    body: bytes,
    path: str = "/api/v1.0/predictions",
    content_type: str = "application/json",
    method: str = "POST",
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def assert_same(found: Scores, expected: Scores) -> None:
    assert list(found.probabilities) == list(expected.probabilities)
    assert found.reasons == expected.reasons
    assert found.model_version == expected.model_version


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_threshold_has_a_name_over_the_wire(service: ServiceProcess, transport: str) -> None:
    def classifier() -> Classifier:
        if transport == "rest":
            return SeldonRestClassifier(service.http_url, 30)
        return SeldonGrpcClassifier(service.grpc_url, 30)

    assert ask(classifier(), explain_above="default").threshold == 0.5
    with pytest.raises(UnknownThresholdError, match="no threshold of that name; it has default"):
        ask(classifier(), explain_above="nope")


def test_rest_answers_as_the_class_does(service: ServiceProcess, expected: Scores) -> None:
    assert expected.reasons, "else reasons would not be compared"
    assert_same(ask(SeldonRestClassifier(service.http_url, 30)), expected)


def test_grpc_answers_as_the_class_does(service: ServiceProcess, expected: Scores) -> None:
    assert_same(ask(SeldonGrpcClassifier(service.grpc_url, 30)), expected)


def test_many_callers_at_once_have_the_answers_of_one(service: ServiceProcess, expected: Scores) -> None:
    def call_in_turn(_: int) -> list[Scores]:
        return [
            ask(SeldonRestClassifier(service.http_url, 30)),
            ask(SeldonGrpcClassifier(service.grpc_url, 30)),
        ]

    with ThreadPoolExecutor(6) as threads:
        for answered in threads.map(call_in_turn, range(12)):
            for found in answered:
                assert_same(found, expected)


@pytest.mark.parametrize(
    "message",
    [
        {"strData": "you idiot"},
        {"jsonData": "you idiot"},
        {"jsonData": ["you idiot"]},
        {"jsonData": [["you", "idiot"]]},
        {"data": {"ndarray": ["you idiot"]}},
        {"data": {"ndarray": [["you idiot"]], "names": ["text"]}},
        {"data": {"ndarray": [["you", "idiot"]]}},
        {"binData": base64.b64encode(b'["you idiot"]').decode()},
    ],
    ids=lambda message: json.dumps(message)[:60],
)
def test_every_form_of_a_message_is_understood_over_both(
    post: Post, service: ServiceProcess, here: RedditClassifier, message: dict[str, Any]
) -> None:
    expected = here.predict("you idiot")[0].tolist()
    status, answer = post(json.dumps(message).encode())
    assert status == 200
    assert values_of(answer) == expected
    assert answer["data"]["names"] == ["kept", "removed"]
    reply = call(service, ParseDict(message, SeldonMessage()))
    values = reply.data.tensor.values or reply.data.ndarray.values[0].list_value.values
    assert [getattr(value, "number_value", value) for value in values] == expected


def values_of(answer: dict[str, Any]) -> list[float]:
    data = answer["data"]
    values: list[float] = data["ndarray"][0] if "ndarray" in data else data["tensor"]["values"]
    return values


def call(service: ServiceProcess, message: Any) -> Any:
    with grpc.insecure_channel(service.grpc_url.removeprefix("grpc://")) as channel:
        predict = channel.unary_unary(METHOD, SeldonMessage.SerializeToString, SeldonMessage.FromString)
        return predict(message, timeout=30)


DIGITS = b"1" * 400
RUBBISH: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "JSON"),
    "no-json": (b"rubbish", "JSON"),
    "binary": (b"\xff\xfe\0", "JSON"),
    "no-utf-8": (b'{"jsonData":["\xff"]}', "JSON"),
    "null": (b"null", "JSON"),
    "list": (b"[1]", "not a Seldon message: it is of type list"),
    "number": (b"1", "not a Seldon message: it is of type int"),
    "empty-object": (b"{}", "it needs one of data, jsonData, strData, binData"),
    "data-is-a-number": (b'{"data":1}', "texts go in"),
    "data-is-null": (b'{"data":null}', "texts go in"),
    "tensor": (b'{"data":{"tensor":{"shape":[1],"values":[1]}}}', "texts go in"),
    "ndarray-is-a-number": (b'{"data":{"ndarray":5}}', "of type int"),
    "ndarray-of-numbers": (b'{"data":{"ndarray":[1,2]}}', "text 0 is of type int"),
    "json-is-null": (b'{"jsonData":null}', "of type NoneType"),
    "json-is-an-object": (b'{"jsonData":{}}', "of type dict"),
    "number-among-texts": (b'{"jsonData":["a",1]}', "text 1 is of type int"),
    "string-is-a-number": (b'{"strData":5}', "of type int"),
    "no-base64": (b'{"binData":"###"}', "binData is not Base64"),
    "base64-is-a-number": (b'{"binData":5}', "binData is not Base64"),
    "base64-of-rubbish": (b'{"binData":"aGVsbG8="}', "JSON array of texts"),
    "meta-is-a-list": (b'{"jsonData":["a"],"meta":[1]}', "meta is of type list"),
    "tags-are-a-list": (b'{"jsonData":["a"],"meta":{"tags":[1]}}', "meta.tags is of type list"),
    "metrics-are-text": (b'{"jsonData":["a"],"meta":{"metrics":"x"}}', "meta.metrics is of type str"),
    "path-is-a-number": (b'{"jsonData":["a"],"meta":{"requestPath":7}}', "meta.requestPath is of type int"),
    "bad-threshold": (b'{"jsonData":["a"],"meta":{"tags":{"explain_above":NaN}}}', "has to be a number"),
    "huge-threshold": (
        b'{"jsonData":["a"],"meta":{"tags":{"explain_above":%s}}}' % DIGITS,
        "has to be a number",
    ),
    "huge-reasons": (b'{"jsonData":["a"],"meta":{"tags":{"reasons":%s}}}' % DIGITS, "a whole number"),
    "huge-number": (b'{"jsonData":%s}' % (DIGITS * 20), "JSON"),
    "nested-deeply": (b'{"jsonData":' + b"[" * 100_000, "recursion"),
}


@pytest.mark.parametrize(("body", "sentence"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_over_rest_is_a_400_with_a_sentence(post: Post, body: bytes, sentence: str) -> None:
    status, answer = post(body)
    assert status == 400
    assert sentence in answer["status"]["info"]


@pytest.mark.parametrize("meta", [b"null", b"{}", b'{"tags":null,"metrics":null,"requestPath":null}'])
def test_nulls_in_meta_are_as_good_as_nothing(post: Post, meta: bytes) -> None:
    assert post(b'{"jsonData":["a"],"meta":%s}' % meta)[0] == 200


def test_form_is_read_as_seldon_reads_it(post: Post) -> None:
    form = "application/x-www-form-urlencoded"
    good = urllib.parse.urlencode({"json": '{"jsonData":["a"]}'}).encode()
    assert post(good, content_type=form)[0] == 200
    status, answer = post(b"json=rubbish", content_type=form)
    assert (status, "cannot be read as JSON" in answer["status"]["info"]) == (400, True)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nowhere", "GET", 404),
        ("/nowhere", "POST", 404),
        ("/metadata", "POST", 405),
        ("/seldon.json", "GET", 404),
        ("/static/openapi.json", "GET", 404),
        *(
            (f"/{name}", "POST", 404)
            for name in ("transform-input", "transform-output", "route", "aggregate")
        ),
        ("/send-feedback", "POST", 404),
        ("/api/v1.0/feedback", "POST", 404),
    ],
)
def test_nothing_is_answered_but_predictions_health_and_the_version(
    post: Post, path: str, method: str, status: int
) -> None:
    found, answer = post(b'{"jsonData":["a"]}', path=path, method=method)
    assert found == status
    assert answer["status"]["info"]


@pytest.mark.parametrize("client", [SeldonRestClassifier, SeldonGrpcClassifier])
def test_too_many_texts_are_refused_and_as_many_as_allowed_are_not(
    service: ServiceProcess, client: type[SeldonRestClassifier | SeldonGrpcClassifier]
) -> None:
    url = service.http_url if client is SeldonRestClassifier else service.grpc_url
    with pytest.raises(
        ClassifierRefusedError, match=r"2,001 texts in one request; at most 2,000 are scored"
    ) as told:
        ask(client(url, 30), ["a"] * (MOST_TEXTS + 1))
    assert told.value.status == 413
    assert len(ask(client(url, 30), ["a"] * MOST_TEXTS).probabilities) == MOST_TEXTS


@pytest.mark.parametrize(
    "method",
    [
        "Seldon/SendFeedback",
        "Model/SendFeedback",
        "Generic/TransformInput",
        "Generic/TransformOutput",
        "Generic/Route",
        "Generic/Aggregate",
        "Transformer/TransformInput",
        "Router/Route",
        "Combiner/Aggregate",
    ],
)
def test_nothing_else_is_answered_over_grpc(service: ServiceProcess, method: str) -> None:
    request = SeldonMessage(strData="a").SerializeToString()
    address = service.grpc_url.removeprefix("grpc://")
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"/seldon.protos.{method}")(request, timeout=30)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.skipif(platform.system() != "Linux", reason="only Linux hands the time limit on to connections")
@pytest.mark.parametrize(
    "begun", [b"POST /predict HT", b"POST /predict HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"]
)
def test_clients_that_stop_in_mid_request_do_not_keep_others_out(
    service: ServiceProcess, ports: Ports, begun: bytes
) -> None:
    with ExitStack() as stop:
        slow = [
            stop.enter_context(socket.create_connection(("127.0.0.1", ports.http), timeout=10))
            for _ in range(REST_THREADS)
        ]
        for each in slow:
            each.sendall(begun)
        assert post_to(ports.http, b'{"jsonData":["a"]}')[0] == 200
        for each in slow:
            while each.recv(4096):  # the refusal, and then the end
                pass


def test_default_allows_what_a_worker_sends() -> None:
    assert ServiceSettings().service_max_texts > StreamSettings().batch_size


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        pytest.param({}, "texts go in", id="nothing"),
        pytest.param({"data": {"tensor": {"shape": [1], "values": [1]}}}, "texts go in", id="tensor"),
        pytest.param({"jsonData": ["a", 1]}, "text 1 is of type float", id="number-among-texts"),
        pytest.param({"jsonData": None}, "of type NoneType", id="json-is-null"),
        pytest.param({"binData": base64.b64encode(b"hello").decode()}, "JSON array", id="bytes-of-rubbish"),
        pytest.param(
            {"strData": "a", "meta": {"tags": {"reasons": "x"}}}, "a whole number", id="bad-reasons"
        ),
    ],
)
def test_rubbish_over_grpc_is_refused_with_a_sentence(
    service: ServiceProcess, message: dict[str, Any], sentence: str
) -> None:
    request = ParseDict(message, SeldonMessage())
    with pytest.raises(grpc.RpcError) as caught:
        call(service, request)
    assert "400 " in caught.value.details(), "by which the worker's client knows a refusal"
    assert sentence in caught.value.details()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_number_that_json_has_no_word_for_is_refused_over_grpc(
    service: ServiceProcess, number: float
) -> None:
    with pytest.raises(ClassifierRefusedError):
        asyncio.run(score_and_close(SeldonGrpcClassifier(service.grpc_url, 30), number))


async def score_and_close(classifier: SeldonGrpcClassifier, explain_above: float) -> None:
    try:
        await classifier.score(["a"], explain_above, 1)
    finally:
        await classifier.close()


@pytest.mark.parametrize("client", [SeldonRestClassifier, SeldonGrpcClassifier])
def test_message_beyond_the_limit_is_refused_and_the_next_one_answered(
    service: ServiceProcess, client: type[SeldonRestClassifier | SeldonGrpcClassifier], expected: Scores
) -> None:
    url = service.http_url if client is SeldonRestClassifier else service.grpc_url
    with pytest.raises(ClassifierRefusedError):
        ask(client(url, 30), ["x" * (LIMIT_BYTES + 1_000)])
    assert_same(ask(client(url, 30)), expected)


@pytest.mark.parametrize(
    ("length", "left"),
    [
        pytest.param(0, 0, id="nothing"),
        pytest.param(1_000, 1_000, id="at-the-limit"),
        pytest.param(1_001, 0, id="beyond"),
        pytest.param(4_000, 0, id="far-beyond"),
        pytest.param(4_001, 4_001, id="too-far"),
    ],
)
def test_request_beyond_the_limit_is_read_before_it_is_refused(length: int, left: int) -> None:
    found: list[int] = []

    def refusing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.append(len(environ["wsgi.input"].read()))
        return [b"no"]

    environ = {"CONTENT_LENGTH": str(length), "wsgi.input": io.BytesIO(bytes(length))}
    assert _hearing_out(refusing, 1_000)(environ, None) == [b"no"]
    assert found == [left]


def test_health_metadata_and_metrics_are_told(post: Post, ports: Ports, expected: Scores) -> None:
    status, health = post(b"", path="/health/status", method="GET")
    assert (status, health["meta"]["tags"]["model_version"]) == (200, expected.model_version)
    status, metadata = post(b"", path="/metadata", method="GET")
    assert (status, metadata["versions"]) == (200, [expected.model_version])
    before = comments_scored(ports)
    for _ in range(3):
        assert post(b'{"jsonData":["a","b"]}')[0] == 200
    assert comments_scored(ports) == before + 6
    assert post_status(ports.http, "/metrics") == 404, "the metrics have a port of their own"


def comments_scored(ports: Ports) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", ports.metrics, timeout=30)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith("modstream_comments_scored_total{")
    )


def post_status(port: int, path: str) -> int:
    return post_to(port, b"", path=path, method="GET")[0]


def test_only_this_machine_can_reach_it(service: ServiceProcess, ports: Ports) -> None:
    addresses = listening_addresses(family(service.pid))
    assert set(addresses) == set(ports.all())
    assert set.union(*addresses.values()) <= {"127.0.0.1", "::ffff:127.0.0.1"}


def test_worker_that_dies_is_replaced_with_its_grpc(service: ServiceProcess, expected: Scores) -> None:
    (worker,) = [process for process in family(service.pid)[1:] if listening_addresses([process])]
    worker.kill()
    eventually(lambda: is_gone(worker), "the worker to die")
    service.wait_ready()
    assert_same(ask(SeldonRestClassifier(service.http_url, 30)), expected)
    assert_same(ask(SeldonGrpcClassifier(service.grpc_url, 30)), expected)


def settings_with(ports: Ports, **changes: Any) -> ServiceSettings:
    numbers = {
        "service_http_port": ports.http,
        "service_grpc_port": ports.grpc,
        "service_metrics_port": ports.metrics,
    }
    return ServiceSettings(**{**numbers, **changes})


FAULTS = """
import resource
from model_service.server import _keep_memory
{}
faults = []
for _ in range(6):
    freed = [b"x" * 19_000_000 for _ in range(3)]
    del freed
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(faults[-1] - faults[1])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators are not told to")
@pytest.mark.parametrize(
    ("told", "kept"), [("_keep_memory()", True), ("", False)], ids=["kept", "given-back"]
)
def test_memory_that_is_freed_stays_with_the_service(told: str, kept: bool) -> None:
    script = FAULTS.format(told)
    faults = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (int(faults.stdout) < 1_000) == kept


def test_free_ports_are_not_kept() -> None:
    settings = settings_with(Ports.free())
    check_ports(settings)
    check_ports(settings)


def test_taken_port_is_named_with_the_option_that_changes_it(service: ServiceProcess, ports: Ports) -> None:
    with pytest.raises(PortTakenError, match=rf"127\.0\.0\.1:{ports.grpc} .*--grpc-port"):
        check_ports(settings_with(Ports.free(), service_grpc_port=ports.grpc))


def test_one_port_cannot_serve_twice() -> None:
    ports = Ports.free()
    with pytest.raises(PortTakenError, match="--metrics-port"):
        check_ports(settings_with(ports, service_metrics_port=ports.http))


def test_empty_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOD_SERVICE_HOST", "")
    with pytest.raises(ValueError, match="service_host"):
        ServiceSettings()  # else it would listen everywhere


def test_class_also_runs_under_seldons_own_starter(
    good_bundle: Path, expected: Scores, tmp_path: Path
) -> None:
    ports = Ports.free()
    seldon = Path(sys.executable).with_name("seldon-core-microservice")
    environment = {
        "MOD_MODEL_DIR": str(good_bundle),
        "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": str(ports.http),
        "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(ports.grpc),
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": str(ports.metrics),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [seldon, "model_service.reddit_classifier.RedditClassifier"],
            cwd=tmp_path,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    with killed_in_the_end(process):
        rest, remote = (f"http://127.0.0.1:{ports.http}", f"grpc://127.0.0.1:{ports.grpc}")
        eventually(lambda: answers(ports, process), f"an answer; see {tmp_path / 'log'}")
        assert_same(ask(SeldonRestClassifier(rest, 30)), expected)
        assert_same(ask(SeldonGrpcClassifier(remote, 30)), expected)
        status, answer = post_to(ports.http, b'{"jsonData":[5]}')
        assert (status, "text 0 is of type int" in answer["status"]["info"]) == (400, True)


def answers(ports: Ports, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    try:
        with grpc.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel:
            grpc.channel_ready_future(channel).result(timeout=0.5)
        return post_to(ports.http, b"", path="/health/status", method="GET")[0] == 200
    except (OSError, grpc.FutureTimeoutError):
        return False


class CountingDict(dict[int, Any]):
    """What a manager would hold, with how often it is asked."""

    asked = 0

    def __setitem__(self, key: int, value: Any) -> None:
        self.asked += 1
        super().__setitem__(key, value)


class HereManager:
    """A manager without a process."""

    def __init__(self) -> None:
        self.held = CountingDict()

    def dict(self) -> CountingDict:
        return self.held


TIMES_MS = [-1.0, 0.0, 0.5, 1.0, 1.3, 30_000.0, 30_001.0, 1e9, float("inf"), float("nan")]


@pytest.mark.parametrize("time_ms", TIMES_MS)
def test_metrics_have_seldons_values(time_ms: float) -> None:
    seldons = SeldonMetrics.__new__(SeldonMetrics)  # its own start is a process
    vars(seldons).update(
        data={}, _lock=nullcontext(), _manager=Mock(), worker_id_func=os.getpid, _extra_default_labels={}
    )
    ours = SharedMetrics(HereManager())  # type: ignore[arg-type]
    for metrics in (seldons, ours):
        for value in (time_ms, 2.0, time_ms):
            metrics.update([{"type": "TIMER", "key": "t", "value": value}], "predict")
            metrics.update([{"key": "c", "value": 512}, {"type": "GAUGE", "key": "g", "value": 1}], "health")
    assert ours.generate_metrics() == seldons.generate_metrics()


def test_metrics_of_every_worker_are_told_and_a_stopped_ones_are_not() -> None:
    manager = HereManager()
    ours = SharedMetrics(manager)  # type: ignore[arg-type]
    ours.update([{"key": "c", "value": 3}], "predict")
    manager.held[1] = {("COUNTER", "c", "method-predict"): {"value": 4, "tags": {"method": "predict"}}}
    lines = [line for line in ours.generate_metrics()[0].splitlines() if line.startswith("c_total{")]
    assert sorted(line.split()[-1] for line in lines) == ["3.0", "4.0"]
    ours.clear()
    assert list(manager.held) == [1]


def test_update_of_metrics_takes_one_message() -> None:
    manager = HereManager()
    ours = SharedMetrics(manager)  # type: ignore[arg-type]
    ours.update([{"key": "c", "value": 3}, {"key": "d", "value": 3}], "predict")
    assert manager.held.asked == 1


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what a process has loaded is told by /proc")
def test_service_loads_what_takes_seconds_before_it_is_needed(good_bundle: Path, tmp_path: Path) -> None:
    def has_spacy(service: ServiceProcess) -> bool:
        maps = [Path(f"/proc/{each.pid}/maps").read_text() for each in family(service.pid)]
        return any("/spacy/tokenizer" in text for text in maps)

    with ServiceProcess.start(good_bundle, *Ports.free().all(), log_file=tmp_path / "log") as service:
        service.wait_ready()
        eventually(lambda: has_spacy(service), "spaCy")
