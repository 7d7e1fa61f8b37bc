"""Seldon's messages, REST and gRPC: what a request holds, and the answer in the same protocol.

Imported only inside Seldon's own processes. Reading requests here rather than in `seldon_core.utils` keeps
texts out of numpy (an array of texts takes the room of the longest for each) and makes every malformed one a
400.
"""

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify
from google.protobuf import json_format
from seldon_core.proto import prediction_pb2
from seldon_core.utils import construct_response, construct_response_json
from werkzeug.exceptions import HTTPException

from model_service.errors import BadMessageError, BadRequestError, ModelServiceError, RefusedOverGrpcError
from model_service.text_input import texts_of_columns

if TYPE_CHECKING:
    from model_service.reddit_classifier import RedditClassifier

KINDS = ("data", "jsonData", "strData", "binData")
META_TYPES: dict[str, type] = {"tags": dict, "metrics": list, "requestPath": dict}
"""What Seldon takes for granted when it puts an answer's meta together."""
FAILURE = 1
"""`FAILURE` in Seldon's `Status.StatusFlag`."""


def answer(classifier: "RedditClassifier", message: Any) -> Any:
    """Return the Seldon message that answers another, in its protocol.

    Raises:
        BadRequestError: If it cannot be scored; over gRPC its text starts with the status, 400.
    """
    if isinstance(message, prediction_pb2.SeldonMessage):
        try:
            return _answer_grpc(classifier, message)
        except BadRequestError as error:
            raise RefusedOverGrpcError(error) from error
    return _answer_rest(classifier, message)


def error_handler() -> Blueprint:
    """Return the blueprint through which Seldon answers with our errors' HTTP status and a sentence."""
    blueprint = Blueprint("errors", __name__)

    @blueprint.app_errorhandler(ModelServiceError)  # type: ignore[untyped-decorator]
    def ours(error: ModelServiceError) -> tuple[Response, int]:
        return _failure(error.status, str(error))

    @blueprint.app_errorhandler(RecursionError)  # type: ignore[untyped-decorator]
    @blueprint.app_errorhandler(json.JSONDecodeError)  # type: ignore[untyped-decorator]
    def not_json(error: Exception) -> tuple[Response, int]:
        return _failure(BadMessageError.status, f"the request cannot be read as JSON: {error}")

    @blueprint.app_errorhandler(HTTPException)  # type: ignore[untyped-decorator]
    def of_http(error: HTTPException) -> tuple[Response, int]:
        return _failure(error.code or 500, error.description or error.name)

    return blueprint


def _failure(status: int, sentence: str) -> tuple[Response, int]:
    reason = "MICROSERVICE_INTERNAL_ERROR" if status >= 500 else "MICROSERVICE_BAD_DATA"  # noqa: PLR2004  HTTP's
    flag = {"status": FAILURE, "info": sentence, "code": status, "reason": reason}
    return jsonify({"status": flag}), status


def _answer_rest(classifier: "RedditClassifier", message: Any) -> Any:
    if not isinstance(message, dict):
        raise BadMessageError(f"it is of type {type(message).__name__}, not an object")
    request = {**message, "meta": _meta(message.get("meta"))}
    probabilities = classifier.predict(_features_rest(request), meta=request["meta"])
    return construct_response_json(
        classifier, False, request, probabilities, request["meta"], classifier.metrics()
    )


def _meta(received: Any) -> dict[str, Any]:
    """Return a request's meta without its nulls, which Seldon stumbles over."""
    if not isinstance(received, dict | None):
        raise BadMessageError(f"meta is of type {type(received).__name__}, not an object")
    meta = {name: value for name, value in (received or {}).items() if value is not None}
    for name, wanted in META_TYPES.items():
        if not isinstance(meta.get(name, wanted()), wanted):
            raise BadMessageError(f"meta.{name} is of type {type(meta[name]).__name__}")
    return meta


def _features_rest(message: dict[str, Any]) -> Any:
    kind = next((kind for kind in KINDS if kind in message), None)
    if kind is None:
        raise BadMessageError(f"it needs one of {', '.join(KINDS)}")
    content = message[kind]
    if kind == "data":
        if not isinstance(content, dict) or "ndarray" not in content:
            raise BadMessageError("texts go in data.ndarray, jsonData, strData or binData")
        return texts_of_columns(content["ndarray"])
    if kind == "binData":
        return _from_base64(content)
    return content


def _from_base64(content: Any) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise BadMessageError(f"binData is not Base64: {error}") from error


def _answer_grpc(classifier: "RedditClassifier", message: Any) -> Any:
    try:
        meta, features = json_format.MessageToDict(message.meta), _features_grpc(message)
    except json_format.Error as error:  # a number that is infinite or none, which JSON has no word for
        raise BadMessageError(str(error)) from error
    probabilities = classifier.predict(features, meta=meta)
    tags = classifier.tags()
    reasons = tags.pop("reasons", None)
    told = _Told(tags, classifier.class_names())
    reply = construct_response(told, False, message, probabilities, meta, classifier.metrics())
    if reasons is not None:
        _tell(reply.meta.tags["reasons"], reasons)
    return reply


class _Told:
    """What Seldon asks a model for when it puts an answer together."""

    def __init__(self, tags: dict[str, Any], names: list[str]) -> None:
        self._tags = tags
        self._names = names

    def tags(self) -> dict[str, Any]:
        return self._tags

    def class_names(self) -> list[str]:
        return self._names


def _tell(value: Any, reasons: dict[str, list[list[Any]]]) -> None:
    """Put reasons into a protobuf `Value`, as `json_format` does at ten times the cost."""
    value.struct_value.SetInParent()  # for when there is nothing to put in; so with the lists
    for place, its in reasons.items():
        of_text = value.struct_value.fields[place].list_value
        of_text.SetInParent()
        for reason in its:
            parts = of_text.values.add().list_value.values
            for part in reason:
                if part is None:
                    parts.add(null_value=0)
                elif isinstance(part, str):
                    parts.add(string_value=part)
                else:
                    parts.add(number_value=part)


def _features_grpc(message: Any) -> Any:
    kind = message.WhichOneof("data_oneof")
    if kind == "data" and message.data.WhichOneof("data_oneof") == "ndarray":
        return texts_of_columns(json_format.MessageToDict(message.data.ndarray))
    if kind == "jsonData":
        return json_format.MessageToDict(message.jsonData)
    if kind in ("strData", "binData"):
        return getattr(message, kind)
    raise BadMessageError("texts go in data.ndarray, jsonData, strData or binData")
