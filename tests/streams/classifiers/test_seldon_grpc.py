"""The gRPC classifier against a server on this machine that answers as each test says."""

from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import msgspec
import pytest

from streams.classifiers.seldon_grpc import SeldonGrpcClassifier
from streams.classifiers.seldon_pb2 import Message
from streams.errors import (
    ClassifierError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
    UnknownThresholdError,
)
from streams.records import Reason

type Answer = Callable[[Message, grpc.aio.ServicerContext], Awaitable[Message]]
type Serve = Callable[[Answer], Awaitable[SeldonGrpcClassifier]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    cleanups: list[Callable[[], Awaitable[None]]] = []

    async def start(answer: Answer) -> SeldonGrpcClassifier:
        handler = grpc.unary_unary_rpc_method_handler(answer, Message.FromString, Message.SerializeToString)
        server = grpc.aio.server()
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("seldon.protos.Model", {"Predict": handler})]
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        classifier = SeldonGrpcClassifier(f"grpc://127.0.0.1:{port}", 5.0)
        cleanups.extend([classifier.close, lambda: server.stop(None)])
        return classifier

    yield start
    for cleanup in cleanups:
        await cleanup()


async def test_texts_and_wishes_go_out_and_scores_come_back(serve: Serve) -> None:
    seen: list[Message] = []

    async def answer(request: Message, _: grpc.aio.ServicerContext) -> Message:
        seen.append(request)
        reply = Message()
        reply.data.tensor.shape.extend([2, 2])
        reply.data.tensor.values.extend([0.9, 0.1, 0.2, 0.8])
        reply.meta.tags["model_version"].string_value = "v1"
        told = reply.meta.tags["reasons"].struct_value.fields["1"].list_value
        told.values.add().list_value.extend(["w", 1.5, 0, 4])
        told.values.add().list_value.extend(["length", -0.5, None, None])
        told.values.add().list_value.extend(["old", 0.5])
        return reply

    scores = await (await serve(answer)).score(["a", "ß"], explain_above=0.5, reasons=3)
    assert msgspec.json.decode(seen[0].bin_data) == ["a", "ß"]
    assert seen[0].meta.tags["explain_above"].number_value == 0.5
    assert list(scores.probabilities) == [0.1, 0.8]
    assert scores.reasons == {1: (Reason("w", 1.5, 0, 4), Reason("length", -0.5), Reason("old", 0.5))}
    assert type(scores.reasons[1][0].end) is int


async def test_name_of_a_threshold_goes_out_and_its_number_comes_back(serve: Serve) -> None:
    asked: list[str] = []

    async def answer(request: Message, _: grpc.aio.ServicerContext) -> Message:
        asked.append(request.meta.tags["explain_above"].string_value)
        reply = Message()
        reply.data.tensor.shape.extend([0, 2])
        reply.meta.tags["model_version"].string_value = "v1"
        if asked[-1] == "balanced":
            reply.meta.tags["explained_above"].number_value = 0.287
        else:
            reply.meta.tags["explained_above"].null_value = 0
            reply.meta.tags["thresholds"].list_value.extend(["balanced", "default"])
        return reply

    classifier = await serve(answer)
    assert (await classifier.score([], "balanced", 3)).threshold == 0.287
    with pytest.raises(UnknownThresholdError, match="it has balanced, default"):
        await classifier.score([], "nope", 3)
    assert asked == ["balanced", "nope"]


@pytest.mark.parametrize(
    ("code", "details", "expected"),
    [
        (grpc.StatusCode.UNKNOWN, "Exception calling application: 400 a number", ClassifierRefusedError),
        (grpc.StatusCode.INVALID_ARGUMENT, "no", ClassifierRefusedError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "message larger than max (9 vs. 4)", ClassifierRefusedError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "busy", ClassifierUnavailableError),
        (grpc.StatusCode.UNKNOWN, "Exception calling application: boom", ClassifierUnavailableError),
        (grpc.StatusCode.UNAVAILABLE, "draining", ClassifierUnavailableError),
        (grpc.StatusCode.UNIMPLEMENTED, "no such method", ClassifierUnavailableError),
    ],
)
async def test_status_says_whose_fault_it_is(
    serve: Serve, code: grpc.StatusCode, details: str, expected: type[ClassifierError]
) -> None:
    async def fail(_: Message, context: grpc.aio.ServicerContext) -> Message:
        await context.abort(code, details)
        raise AssertionError

    with pytest.raises(expected):
        await (await serve(fail)).score(["a"], 0.5, 3)


async def test_refused_connection_is_unavailable() -> None:
    classifier = SeldonGrpcClassifier("grpc://127.0.0.1:9", 1.0)
    with pytest.raises(ClassifierUnavailableError):
        await classifier.score(["a"], 0.5, 3)
    await classifier.close()
