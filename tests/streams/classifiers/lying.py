"""Services that answer whatever a test says, down to the bytes on the connection."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from streams.classifiers import Scores
from streams.settings import Threshold

type Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
type GrpcAnswer = Callable[[bytes, Any], Awaitable[bytes]]

TEXTS = ["one", "two"]
REASONS = 3
NAME = "balanced"
ABOVE: list[Threshold] = [0.5, NAME]
MANY_NAMES = 6_000
"""Bytes of the longest sentence about a threshold's name."""


def seldon(values: Any = (0.9, 0.1, 0.2, 0.8), shape: Any = (2, 2), **tags: Any) -> dict[str, Any]:
    """Return what Seldon's wrapper would answer."""
    tensor = {"shape": shape, "values": values}
    return {"data": {"names": ["kept", "removed"], "tensor": tensor}, "meta": {"tags": tags}}


def http(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return a whole HTTP answer, true or not."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[int]:
    """Give the port of a server that talks so on every connection; at the end it is cut off."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Return the body of an HTTP request, once all of it is there."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.split(b":")[1]))


def saying(raw: bytes) -> Talk:
    """Return a talk that answers every request with the same bytes and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(raw)
        await writer.drain()

    return talk


@asynccontextmanager
async def grpc_answering(answer: GrpcAnswer) -> AsyncIterator[int]:
    """Give the port of a gRPC server that answers with these bytes."""
    handler = grpc.unary_unary_rpc_method_handler(answer, None, None)
    server = grpc.aio.server(options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("seldon.protos.Model", {"Predict": handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


def assert_valid(scores: Scores, texts: Sequence[str] = TEXTS, reasons: int = REASONS) -> None:
    """Assert that scores are what `Classifier.score` promises."""
    assert len(scores.probabilities) == len(texts)
    assert all(type(each) is float and 0.0 <= each <= 1.0 for each in scores.probabilities)
    assert 0.0 <= scores.threshold <= 1.0
    assert type(scores.model_version) is str
    assert len(scores.model_version.encode()) < 1_000
    for index, told in scores.reasons.items():
        assert 0 <= index < len(texts)
        assert len(told) <= reasons
        for reason in told:
            assert type(reason.word) is str
            json.dumps(reason.weight, allow_nan=False)
            assert (reason.start is None) == (reason.end is None)
            if reason.start is not None and reason.end is not None:
                assert type(reason.start) is type(reason.end) is int
                assert 0 <= reason.start < reason.end


def mostly(usual: Any, others: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Return what is usual three times out of four, so that now and then an accident comes alone."""
    return st.sampled_from([True, True, True, False]).flatmap(
        lambda right: st.just(usual) if right else others
    )


NUMBERS: SearchStrategy[Any] = st.one_of(
    st.floats(0, 1), st.floats(), st.integers(-2, 3), st.sampled_from([10**400, "0.5", None, True, [0.5]])
)
VALUES = mostly(
    [0.9, 0.1, 0.2, 0.8], st.lists(NUMBERS, min_size=4, max_size=4) | st.lists(NUMBERS, max_size=6)
)
SHAPES = mostly(
    [2, 2],
    st.lists(st.integers(-3, 5), max_size=3) | st.sampled_from([None, "2,2", [2.0, 2], [10**30, 2]]),
)
WORDS: SearchStrategy[Any] = mostly("w", st.text(max_size=8) | st.sampled_from([None, "w" * 5_000]))
PLACES = st.sampled_from(["0", "1", "2", "-1", "01", " 1", "1_0", "+1", "\u0661", "9" * 5_000, "x", ""])
PAIRS: SearchStrategy[Any] = st.lists(
    st.tuples(WORDS, st.floats(-9, 9))
    | st.tuples(WORDS, st.floats(-9, 9), NUMBERS, NUMBERS)
    | st.tuples(WORDS, st.floats(-9, 9), st.integers(0, 5), st.integers(4, 9))
    | st.lists(NUMBERS, max_size=5),
    max_size=5,
)
TAGS = st.fixed_dictionaries(
    {"model_version": mostly("v1", st.text(max_size=300) | NUMBERS)},
    optional={
        "reasons": st.dictionaries(PLACES, PAIRS, max_size=2) | PAIRS | NUMBERS,
        "another": NUMBERS,
        "explained_above": NUMBERS,
        "thresholds": st.lists(WORDS, max_size=3) | NUMBERS,
    },
)
ANSWERS = st.builds(lambda values, shape, tags: seldon(values, shape, **tags), VALUES, SHAPES, TAGS)
"""Answers near to Seldon's, some of them right."""


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return the bytes of an answer near to Seldon's, some with accidents, or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60))
    raw = bytearray(json.dumps(draw(ANSWERS)).encode())
    for _ in range(draw(mostly(0, st.integers(1, 3)))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(raw)


LIES = st.lists(
    st.sampled_from(
        [
            "Content-Encoding: gzip",
            "Content-Encoding: br, deflate",
            "Content-Type: text/html; charset=nonsense",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Content-Length: 5",
            "Content-Length: -1",
            "Content-Length: 99999999999999999999",
            "Connection: upgrade",
            "Upgrade: websocket",
            "Location: http://127.0.0.1:9/",
            "Location: //[::1",
            "Set-Cookie: a=b; Max-Age=nonsense; Domain=..",
            "Link: <<>; rel=",
            "WWW-Authenticate: Digest realm=",
            "Retry-After: never",
            "no colon",
            ": no name",
            "A:" + "b" * 9_000,
            "\u00ff\u00fe: \u00ff",
        ]
    ),
    max_size=3,
)
STATUSES = mostly(
    "200 OK",
    st.integers(100, 599).map(str)
    | st.sampled_from(["0 X", "999 X", "20 OK", "-1", "two hundred", "200 " + "x" * 9_000, ""]),
)


@st.composite
def http_answers(draw: st.DrawFn) -> bytes:
    """Return the bytes of an HTTP answer; some are right, most are not."""
    body = draw(bodies())
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=100))
    length = draw(mostly(None, st.sampled_from([0, len(body) // 2, len(body) + 1])))
    raw = http(body, draw(STATUSES), *draw(mostly([], LIES)), length=length)
    return raw[: draw(mostly(len(raw), st.integers(0, len(raw))))]
