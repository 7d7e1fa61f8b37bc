"""Answers the usual request for predictions as Seldon's wrapper does, at less cost.

REST: without Flask, and with msgspec for JSON; what is not usual, and whatever goes wrong, is left to
Seldon's own path, which also says what is wrong. gRPC: an answer's meta is not turned into JSON for its
metrics.

Imported only inside Seldon's own processes.
"""

import io
from collections.abc import Callable, Iterable
from typing import Any

import grpc
import msgspec
from seldon_core import seldon_methods
from seldon_core.metrics import PREDICT_METRIC_METHOD_TAG
from seldon_core.proto import prediction_pb2
from seldon_core.user_model import INCLUDE_METRICS_IN_CLIENT_RESPONSE

type Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

PATHS = frozenset({"/predict", "/api/v0.1/predictions", "/api/v1.0/predictions"})
SERVICES = ("seldon.protos.Model", "seldon.protos.Seldon")
"""Those of Seldon's gRPC services that have a `Predict`."""

OPEN_METHODS = frozenset({"Predict", "ModelMetadata", "GraphMetadata", "Metadata"})
"""What is answered over gRPC, of whichever service."""

_requests = msgspec.json.Decoder()
_answers = msgspec.json.Encoder(order="sorted")


def answering(classifier: Any, metrics: Any, limit_bytes: int, otherwise: Application) -> Application:
    """Return a WSGI application that answers usual requests, and leaves the others to another."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not _is_usual(environ, limit_bytes):
            return otherwise(environ, start_response)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        try:
            answer = _answers.encode(seldon_methods.predict(classifier, _requests.decode(body), metrics))
        except Exception:  # the other meets it again, logs it and answers
            environ["wsgi.input"] = io.BytesIO(body)
            return otherwise(environ, start_response)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer) + 1)),
            ("Access-Control-Allow-Origin", "*"),
        ]
        start_response("200 OK", headers)
        return [answer + b"\n"]

    return application


def _is_usual(environ: dict[str, Any], limit_bytes: int) -> bool:
    """Return whether a request posts JSON, within the limit, to where predictions are, and no more."""
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ["PATH_INFO"] in PATHS
        and not environ.get("QUERY_STRING")
        and environ.get("CONTENT_TYPE") == "application/json"
        and "HTTP_ORIGIN" not in environ  # a browser's, to whom CORS has more to say
        and 0 < int(environ.get("CONTENT_LENGTH") or 0) <= limit_bytes
    )


def answer_over_grpc(server: grpc.Server, classifier: Any, metrics: Any) -> None:
    """Let a server that has not started yet answer `Predict` from here: gRPC asks these handlers first."""

    def predict(request: Any, _: grpc.ServicerContext) -> Any:
        answer = classifier.predict_raw(request)
        told = [_metric(metric) for metric in answer.meta.metrics]
        if not INCLUDE_METRICS_IN_CLIENT_RESPONSE:
            del answer.meta.metrics[:]
        metrics.update(told, PREDICT_METRIC_METHOD_TAG)
        return answer

    handler = grpc.unary_unary_rpc_method_handler(
        predict,
        request_deserializer=prediction_pb2.SeldonMessage.FromString,
        response_serializer=prediction_pb2.SeldonMessage.SerializeToString,
    )
    for service in SERVICES:
        server.add_registered_method_handlers(service, {"Predict": handler})


def close_over_grpc(server: grpc.Server) -> None:
    """Let a server that has not started yet refuse what is not for a model; the wrapper would echo it."""

    def refuse(_: bytes, context: grpc.ServicerContext) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "only predictions and metadata are served here")

    closed = grpc.unary_unary_rpc_method_handler(refuse)
    for service in prediction_pb2.DESCRIPTOR.services_by_name.values():
        methods = [each.name for each in service.methods if each.name not in OPEN_METHODS]
        server.add_registered_method_handlers(service.full_name, dict.fromkeys(methods, closed))


def _metric(metric: Any) -> dict[str, Any]:
    kind = prediction_pb2.Metric.MetricType.Name(metric.type)
    return {"type": kind, "key": metric.key, "value": metric.value, "tags": dict(metric.tags)}
