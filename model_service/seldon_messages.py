"""Seldon's messages, REST and gRPC: what a request holds, and the answer in the same protocol.

Imported only inside Seldon's own processes. Reading requests here rather than in `seldon_core.utils` keeps texts
out of numpy (an array of texts takes the room of the longest for each) and makes every malformed one a 400.
"""

import base64
import binascii
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

    @blueprint.app_errorhandler(ModelServiceError)
    def ours(error: ModelServiceError) -> tuple[Response, int]:
        return _failure(error.status, str(error))

    @blueprint.app_errorhandler(HTTPException)
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
    request = {**message, "meta": message.get("meta") or {}}  # Seldon stumbles over `"meta": null`
    probabilities = classifier.predict(_features_rest(request), meta=request["meta"])
    return construct_response_json(
        classifier, False, request, probabilities, request["meta"], classifier.metrics()
    )


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
    meta = json_format.MessageToDict(message.meta)
    probabilities = classifier.predict(_features_grpc(message), meta=meta)
    return construct_response(classifier, False, message, probabilities, meta, classifier.metrics())


def _features_grpc(message: Any) -> Any:
    kind = message.WhichOneof("data_oneof")
    if kind == "data" and message.data.WhichOneof("data_oneof") == "ndarray":
        return texts_of_columns(json_format.MessageToDict(message.data.ndarray))
    if kind == "jsonData":
        return json_format.MessageToDict(message.jsonData)
    if kind in ("strData", "binData"):
        return getattr(message, kind)
    raise BadMessageError("texts go in data.ndarray, jsonData, strData or binData")
