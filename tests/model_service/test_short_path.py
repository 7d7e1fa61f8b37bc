"""The short path against Seldon's own: the same answers, whatever is asked."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.json_format import ParseDict
from seldon_core import wrapper
from seldon_core.proto.prediction_pb2 import SeldonMessage
from seldon_core.utils import construct_response
from werkzeug.test import Client, TestResponse

from model_service import short_path
from model_service.reddit_classifier import RedditClassifier
from model_service.seldon_messages import answer
from tests.model_service.test_server import RUBBISH

LIMIT_BYTES = 10_000
PATH = "/api/v1.0/predictions"
USUAL = b'{"jsonData":["you idiot","b"],"meta":{"tags":{"explain_above":0.0,"reasons":2}}}'


class SameTimeClassifier(RedditClassifier):
    """Says that every call took the same time, so that whole answers can be compared."""

    def metrics(self) -> list[dict[str, Any]]:
        return [metric | {"value": 0.3} for metric in super().metrics()]


class RememberingMetrics:
    def __init__(self) -> None:
        self.updates: list[tuple[list[dict[str, Any]], str]] = []

    def update(self, custom_metrics: list[dict[str, Any]], method: str) -> None:
        self.updates.append((custom_metrics, method))


class BothPaths:
    """Seldon's REST alone, and behind the short path; each with its metrics."""

    def __init__(self, classifier: RedditClassifier) -> None:
        self.left_to_seldon: list[bytes] = []
        self.short_metrics, self.long_metrics = RememberingMetrics(), RememberingMetrics()
        seldon = wrapper.get_rest_microservice(classifier, self.short_metrics)

        def remembering(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            answered: Iterable[bytes] = seldon(environ, start_response)
            self.left_to_seldon.append(environ["PATH_INFO"].encode())
            return answered

        behind = short_path.answering(classifier, self.short_metrics, LIMIT_BYTES, remembering)
        self.short = Client(behind)
        self.long = Client(wrapper.get_rest_microservice(classifier, self.long_metrics))

    def ask(self, body: bytes, **options: Any) -> tuple[TestResponse, TestResponse]:
        options = {"path": PATH, "content_type": "application/json", "method": "POST", **options}
        return self.short.open(data=body, **options), self.long.open(data=body, **options)

    def assert_same(self, body: bytes, **options: Any) -> TestResponse:
        short, long = self.ask(body, **options)
        assert (short.status, short.get_json(silent=True)) == (long.status, long.get_json(silent=True))
        assert set(short.headers.items()) - length_of(short) == set(long.headers.items()) - length_of(long)
        assert int(short.headers["Content-Length"]) == len(short.data)
        assert self.short_metrics.updates == self.long_metrics.updates
        return short


def length_of(response: TestResponse) -> set[tuple[str, str]]:
    """Return the header that is another where numbers are written in another way."""
    return {("Content-Length", response.headers["Content-Length"])}


@pytest.fixture(scope="module")
def classifier(good_bundle: Path) -> SameTimeClassifier:
    return SameTimeClassifier(str(good_bundle))


@pytest.fixture
def both(classifier: RedditClassifier) -> BothPaths:
    return BothPaths(classifier)


def with_meta(meta: str) -> bytes:
    return b'{"jsonData":["you idiot","b"],"meta":%s}' % meta.encode()


@pytest.mark.parametrize(
    "body",
    [
        USUAL,
        b'{"jsonData":[]}',
        b'{"strData":"a"}',
        b'{"binData":"WyJhIl0="}',
        b'{"data":{"names":["text"],"ndarray":[["a"],["b"]]}}',
        '{"jsonData":["\u00e4\u4e2d \\ud83d\\ude00\\u0000"],"meta":null}'.encode(),
        with_meta('{"tags":{"explain_above":"default"}}'),
        with_meta('{"tags":{"explain_above":"nope","reasons":1.0}}'),
        with_meta('{"puid":"p\u00e9","requestPath":{"a":"b"},"metrics":[{"key":"k","value":1}]}'),
        with_meta('{"tags":{"z":[1,{"b":null}],"a":1e-7,"big":12345678901234567890123,"t":true}}'),
        b'\n{"jsonData":["a"],"jsonData":["b"]} ',
    ],
    ids=lambda body: body[:60].decode(errors="replace"),
)
def test_good_request_has_seldons_answer_without_seldons_path(both: BothPaths, body: bytes) -> None:
    assert both.assert_same(body).status_code == 200
    assert both.left_to_seldon == []
    assert len(both.short_metrics.updates) == 1


@pytest.mark.parametrize("path", ["/predict", "/api/v0.1/predictions", PATH])
def test_every_address_of_predictions_is_short(both: BothPaths, path: str) -> None:
    both.assert_same(USUAL, path=path)
    assert both.left_to_seldon == []


def test_answer_is_written_in_seldons_order(both: BothPaths) -> None:
    short, long = both.ask(b'{"jsonData":["a"],"meta":{"tags":{"b":"x","a":"y"}}}')
    assert short.data.endswith(b"\n")
    in_order = json.JSONDecoder(object_pairs_hook=list).decode
    assert in_order(short.text) == in_order(long.text)


@pytest.mark.parametrize(("body", "sentence"), RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_has_seldons_answer(both: BothPaths, body: bytes, sentence: str) -> None:
    refusal = both.assert_same(body)
    assert refusal.status_code == 400
    assert sentence in refusal.get_json()["status"]["info"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonData":["\\ud800"]}',
        b'\xef\xbb\xbf{"jsonData":["a"]}',
        with_meta('{"tags":{"mine":NaN}}'),
        with_meta('{"tags":{"mine":1e400}}'),
    ],
    ids=["half-a-character", "byte-order-mark", "not-a-number", "beyond-floats"],
)
def test_json_that_only_python_reads_is_left_to_seldon(both: BothPaths, body: bytes) -> None:
    short, long = both.ask(body)
    assert (short.status, short.text) == (long.status, long.text)
    assert len(both.left_to_seldon) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"path": "/transform-input"},
        {"path": "/health/status", "method": "GET"},
        {"path": "/predict", "method": "GET"},
        {"method": "OPTIONS"},
        {"query_string": "json=%7B%22strData%22:%22b%22%7D"},
        {"content_type": "text/plain"},
        {"content_type": None},
        {"content_type": "application/json; charset=utf-8"},
        {"headers": {"Origin": "http://elsewhere"}},
    ],
    ids=str,
)
def test_unusual_request_is_left_to_seldon(both: BothPaths, options: dict[str, Any]) -> None:
    short, long = both.ask(USUAL, **options)
    assert (short.status, short.text, list(short.headers)) == (long.status, long.text, list(long.headers))
    assert len(both.left_to_seldon) == 1


@pytest.mark.parametrize(("beyond", "left"), [(0, 0), (1, 1)], ids=["at-the-limit", "beyond"])
def test_request_beyond_the_limit_is_not_read(both: BothPaths, beyond: int, left: int) -> None:
    both.assert_same(USUAL.ljust(LIMIT_BYTES + beyond))
    assert len(both.left_to_seldon) == left


def test_failure_while_scoring_has_seldons_answer(
    both: BothPaths, monkeypatch: pytest.MonkeyPatch, classifier: RedditClassifier
) -> None:
    monkeypatch.setattr(classifier, "_scorer", None)
    assert both.assert_same(USUAL).status_code == 500
    assert both.short_metrics.updates == []


@pytest.mark.parametrize("above", [-1, 0.0, 1, "default", "nope"])
@pytest.mark.parametrize("most", [0, 2])
def test_grpc_answer_is_that_of_seldons_utils(classifier: RedditClassifier, above: Any, most: int) -> None:
    meta = {"puid": "p", "tags": {"explain_above": above, "reasons": most}}
    request = ParseDict({"jsonData": ["you idiot", "b"], "meta": meta}, SeldonMessage())
    found = answer(classifier, request)
    probabilities = classifier.predict(["you idiot", "b"], meta=meta)
    expected = construct_response(classifier, False, request, probabilities, meta, classifier.metrics())
    assert found == expected
    assert np.array_equal(np.reshape(found.data.tensor.values, (2, 2)), probabilities)


@pytest.mark.parametrize("service", short_path.SERVICES)
def test_grpc_asks_the_short_path(classifier: RedditClassifier, service: str) -> None:
    """Seldon's own loses a metric of zero on the way through JSON, and the call with it."""
    metrics = RememberingMetrics()
    server = wrapper.get_grpc_server(classifier, metrics)
    short_path.answer_over_grpc(server, classifier, metrics)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            method = f"/{service}/Predict"
            predict = channel.unary_unary(method, SeldonMessage.SerializeToString, SeldonMessage.FromString)
            message = ParseDict({"jsonData": [], "meta": {"metrics": [{"key": "k"}]}}, SeldonMessage())
            reply = predict(message, timeout=30)
    finally:
        server.stop(None).wait()
    assert list(reply.data.tensor.shape) == [0, 2]
    ((told, method),) = metrics.updates
    assert method == "predict"
    assert [(metric["type"], metric["key"]) for metric in told] == [
        ("COUNTER", "k"),
        ("COUNTER", "modstream_requests_total"),
        ("COUNTER", "modstream_comments_scored_total"),
        ("TIMER", "modstream_scoring_seconds"),
    ]
    assert told[0] == {"type": "COUNTER", "key": "k", "value": 0.0, "tags": {}}
