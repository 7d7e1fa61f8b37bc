"""Asks a Seldon microservice over gRPC."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import msgspec
from google.protobuf.message import DecodeError

from streams.classifiers import Scores
from streams.classifiers.answers import MAX_ANSWER_BYTES, MOST_NAMES, checked_scores, short
from streams.classifiers.seldon_pb2 import Message
from streams.errors import (
    ClassifierAnswerError,
    ClassifierError,
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
)
from streams.settings import Threshold

METHOD = "/seldon.protos.Model/Predict"
BAD_REQUEST, TOO_LARGE = 400, 413
MAX_REQUEST_BYTES = 16 * 1024 * 1024
OPTIONS = (
    ("grpc.max_send_message_length", MAX_REQUEST_BYTES),
    ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
    ("grpc.enable_http_proxy", 0),  # the service is near; gRPC would take even 127.0.0.1 to the proxy
    # gRPC waits up to two minutes between its attempts to connect; a service that is back is used at once.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)
FAILURES = frozenset({grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL})
"""Statuses of a service that took the comments and failed on them."""

ANSWER_TOO_LONG = "CLIENT: Received message larger than max"
"""How gRPC begins to say so; "SERVER: ..." speaks of the request."""

PARTS = (2, 4)
"""Of a reason: word and weight, and its two places unless the service is an older one."""

PLAIN = ("string_value", "number_value", "null_value")

_texts = msgspec.json.Encoder()


class SeldonGrpcClassifier:
    """A `Classifier` behind Seldon's gRPC API.

    The texts travel as `binData` holding a JSON array: Seldon's wrapper turns an `ndarray` of texts into a
    NumPy array as wide as its longest text, and takes apart a `jsonData` value by value.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = url
        self._timeout_s = timeout_s
        self._channel: grpc.aio.Channel | None = None

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        request = Message(bin_data=_texts.encode(texts))
        if isinstance(explain_above, str):
            request.meta.tags["explain_above"].string_value = explain_above
        else:
            request.meta.tags["explain_above"].number_value = explain_above
        request.meta.tags["reasons"].number_value = reasons
        answer = await self._predict(request)
        try:
            message = Message.FromString(answer)
            tags = _known(message.meta.tags, len(texts), reasons)
        except (DecodeError, ValueError) as error:
            raise ClassifierAnswerError(
                self.url, f"something else than scores: {short(str(error))}"
            ) from error
        tensor = message.data.tensor
        values = list(tensor.values)  # faster to read than protobuf's own
        return checked_scores(self.url, len(texts), tensor.shape, values, tags, explain_above, reasons)

    async def close(self) -> None:
        """Close the connection."""
        if self._channel is not None:
            await self._channel.close()

    async def _predict(self, request: Message) -> bytes:
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self.url.removeprefix("grpc://"), options=OPTIONS)
        # The bytes, undecoded: of an answer that cannot be decoded grpc would make a None.
        call = self._channel.unary_unary(METHOD, Message.SerializeToString, None)
        try:
            answer: bytes | None = await call(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            raise self._error(error.code(), error.details() or "") from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # A stop closed the channel under the call.
            raise ClassifierUnavailableError(self.url, "the connection was closed") from error
        if answer is None:
            raise ClassifierAnswerError(self.url, "nothing, though it says that all is well")
        return answer

    def _error(self, code: grpc.StatusCode, details: str) -> ClassifierError:
        """Return our error for a gRPC status.

        Seldon's wrapper answers UNKNOWN for whatever the model raised; `RedditClassifier` begins the message
        of a refusal with its HTTP status.
        """
        told = short(details)
        if code is grpc.StatusCode.INVALID_ARGUMENT:
            return ClassifierRefusedError(self.url, BAD_REQUEST, told)
        for status in (BAD_REQUEST, TOO_LARGE):
            if f"calling application: {status} " in details:
                return ClassifierRefusedError(self.url, status, told)
        if ANSWER_TOO_LONG in details:
            return ClassifierFailedError(self.url, f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in details:
            return ClassifierRefusedError(self.url, TOO_LARGE, told)
        kind = ClassifierFailedError if code in FAILURES else ClassifierUnavailableError
        return kind(self.url, f"{code.name}: {told}")


def _known(tags: Mapping[str, Any], count: int, most: int) -> dict[str, Any]:
    """Return the tags that an answer must have as plain values; others may be of any size and shape.

    Raises:
        ValueError: If they are of a wrong type, or there are reasons for more than `count` texts.
    """
    known: dict[str, Any] = {}
    if "model_version" in tags:
        known["model_version"] = _one(tags["model_version"], "string_value")
    if "explained_above" in tags:
        known["explained_above"] = _plain(tags["explained_above"])
    if "thresholds" in tags:
        names = _one(tags["thresholds"], "list_value").values[:MOST_NAMES]
        known["thresholds"] = [_one(name, "string_value") for name in names]
    if "reasons" in tags:
        texts = _one(tags["reasons"], "struct_value").fields
        if len(texts) > count:
            raise ValueError(f"reasons of {len(texts)} texts instead of {count}")
        known["reasons"] = {
            index: [_parts(value) for value in _one(texts[index], "list_value").values[:most]]
            for index in texts
        }
    return known


def _parts(reason: Any) -> list[Any]:
    values = _one(reason, "list_value").values
    if len(values) not in PARTS:
        raise ValueError(f"a reason of {len(values)} parts")
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    """Return the text, the number or the null in a protobuf `Value`; what it should be is asked later."""
    kind = value.WhichOneof("kind")
    if kind not in PLAIN:
        raise ValueError(f"a {kind} where text, a number or null should be")
    return None if kind == "null_value" else getattr(value, kind)


def _one(value: Any, kind: str) -> Any:
    """Return what a protobuf `Value` holds, if it is of that kind."""
    if value.WhichOneof("kind") != kind:
        raise ValueError(f"a {value.WhichOneof('kind')} where a {kind} should be")
    return getattr(value, kind)
