"""Asks a Seldon microservice over gRPC."""

import asyncio
from collections.abc import Sequence

import grpc
import msgspec
from google.protobuf.json_format import MessageToDict

from streams.classifiers import Scores
from streams.classifiers.answers import checked_scores
from streams.classifiers.seldon_pb2 import Message
from streams.errors import (
    ClassifierError,
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
)

METHOD = "/seldon.protos.Model/Predict"
BAD_REQUEST, TOO_LARGE = 400, 413
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
OPTIONS = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),  # the service is near; gRPC would take even 127.0.0.1 to the proxy
    # gRPC waits up to two minutes between its attempts to connect; a service that is back is used at once.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)
FAILURES = frozenset({grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL})
"""Statuses of a service that took the comments and failed on them."""

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

    async def score(self, texts: Sequence[str], explain_above: float, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        request = Message(bin_data=_texts.encode(texts))
        request.meta.tags["explain_above"].number_value = explain_above
        request.meta.tags["reasons"].number_value = reasons
        answer = await self._predict(request)
        tensor, tags = answer.data.tensor, MessageToDict(answer.meta).get("tags", {})
        return checked_scores(self.url, len(texts), tensor.shape, tensor.values, tags)

    async def close(self) -> None:
        """Close the connection."""
        if self._channel is not None:
            await self._channel.close()

    async def _predict(self, request: Message) -> Message:
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self.url.removeprefix("grpc://"), options=OPTIONS)
        call = self._channel.unary_unary(METHOD, Message.SerializeToString, Message.FromString)
        try:
            answer: Message = await call(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            raise self._error(error.code(), error.details() or "") from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # A stop closed the channel under the call.
            raise ClassifierUnavailableError(self.url, "the connection was closed") from error
        return answer

    def _error(self, code: grpc.StatusCode, details: str) -> ClassifierError:
        """Return our error for a gRPC status.

        Seldon's wrapper answers UNKNOWN for whatever the model raised; `RedditClassifier` begins the message
        of a refusal with its HTTP status.
        """
        if code is grpc.StatusCode.INVALID_ARGUMENT or f"calling application: {BAD_REQUEST} " in details:
            return ClassifierRefusedError(self.url, BAD_REQUEST, details)
        if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in details:
            return ClassifierRefusedError(self.url, TOO_LARGE, details)
        kind = ClassifierFailedError if code in FAILURES else ClassifierUnavailableError
        return kind(self.url, f"{code.name}: {details}")
