"""Whatever a gRPC service answers: right scores or a `ClassifierError`, in time, and within bounds."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle, islice
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Value
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.classifiers.answers import MAX_ANSWER_BYTES
from streams.classifiers.seldon_grpc import SeldonGrpcClassifier
from streams.classifiers.seldon_pb2 import Message
from streams.errors import (
    ClassifierAnswerError,
    ClassifierError,
    ClassifierFailedError,
    ClassifierUnavailableError,
    SettingsError,
)
from tests.streams.classifiers.lying import (
    ABOVE,
    MANY_NAMES,
    NAME,
    REASONS,
    TEXTS,
    GrpcAnswer,
    assert_valid,
    grpc_answering,
    talking,
)


def message(change: Callable[[Message], Any] = lambda message: None) -> bytes:
    """Return a right answer, after a change."""
    right = Message()
    right.data.tensor.shape.extend([2, 2])
    right.data.tensor.values.extend([0.9, 0.1, 0.2, 0.8])
    right.meta.tags["model_version"].string_value = "v1"
    change(right)
    return bytes(right.SerializeToString())


def reason(right: Message, place: str, *parts: str | float | None) -> Message:
    """Add a reason to an answer, and return it."""
    values = right.meta.tags["reasons"].struct_value.fields[place].list_value.values.add().list_value.values
    for part in parts:
        value = values.add()
        if isinstance(part, str):
            value.string_value = part
        elif part is not None:
            value.number_value = part
    return right


@asynccontextmanager
async def asking(answer: GrpcAnswer, timeout_s: float = 5.0) -> AsyncIterator[SeldonGrpcClassifier]:
    async with grpc_answering(answer) as port:
        classifier = SeldonGrpcClassifier(f"grpc://127.0.0.1:{port}", timeout_s)
        try:
            yield classifier
        finally:
            await classifier.close()


def saying(raw: bytes) -> GrpcAnswer:
    async def answer(request: bytes, context: Any) -> bytes:
        return raw

    return answer


def _length(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def deep(depth: int) -> bytes:
    """Return an answer with lists in lists in an unknown tag; protobuf's own classes refuse to write it."""
    value = b""
    for _ in range(depth):
        inner = b"\x0a" + _length(len(value)) + value
        value = b"\x32" + _length(len(inner)) + inner
    entry = b"\x0a\x01x\x12" + _length(len(value)) + value
    meta = b"\x12" + _length(len(entry)) + entry
    return message() + b"\x12" + _length(len(meta)) + meta


NASTY = {
    "empty": b"",
    "garbage": b"\xff\xff\xff",
    "cut-off": message()[:-3],
    "deep": deep(5_000),
    "name-that-is-not-utf-8": message() + b"\x12\x07\x12\x05\x0a\x01\xff\x12\x00",
    "nan": message(lambda m: m.data.tensor.values.__setitem__(3, float("nan"))),
    "infinite": message(lambda m: m.data.tensor.values.__setitem__(3, float("inf"))),
    "kept-is-nonsense": message(lambda m: m.data.tensor.values.__setitem__(0, -1.0)),
    "too-few": message(lambda m: m.data.tensor.values.pop()),
    "shape-of-a-million": message(lambda m: m.data.tensor.shape.extend([2] * 1_000_000)),
    "version-is-a-number": message(lambda m: setattr(m.meta.tags["model_version"], "number_value", 1.0)),
    "version-of-nothing": message(lambda m: m.meta.tags["model_version"].Clear()),
    "version-of-a-megabyte": message(
        lambda m: setattr(m.meta.tags["model_version"], "string_value", "v" * 10**6)
    ),
    "reasons-of-no-text": message(lambda m: reason(m, "-1", "w", 1.0)),
    "reasons-out-of-range": message(lambda m: reason(m, "2", "w", 1.0)),
    "reasons-of-many-texts": message(lambda m: [reason(m, str(n), "w", 1.0) for n in range(9)]),
    "weight-is-nan": message(lambda m: reason(m, "1", "w", float("nan"))),
    "weight-is-infinite": message(lambda m: reason(m, "1", "w", float("inf"))),
    "weight-is-text": message(lambda m: reason(m, "1", "w", "1")),
    "weight-is-nothing": message(lambda m: reason(m, "1", "w", None)),
    "reason-of-one-part": message(lambda m: reason(m, "1", "w")),
    "reason-of-three-parts": message(lambda m: reason(m, "1", "w", 1.0, 1.0)),
    "place-is-text": message(lambda m: reason(m, "1", "w", 1.0, "0", "1")),
    "place-is-nothing": message(lambda m: reason(m, "1", "w", 1.0, None, None)),
    "place-is-nan": message(lambda m: reason(m, "1", "w", 1.0, 0.0, float("nan"))),
    "place-is-backwards": message(lambda m: reason(m, "1", "w", 1.0, 2.0, 1.0)),
    "reason-of-many-parts": message(lambda m: reason(m, "1", "w", *[1.0] * 9)),
    "reasons-are-a-list": message(lambda m: m.meta.tags["reasons"].list_value.values.add()),
}


@pytest.mark.parametrize("raw", NASTY.values(), ids=NASTY.keys())
async def test_nasty_answer_is_an_error_of_ours(raw: bytes) -> None:
    async with asking(saying(raw)) as classifier:
        with pytest.raises(ClassifierAnswerError) as caught:
            await classifier.score(TEXTS, 0.5, REASONS)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "raw",
    [
        message(lambda m: setattr(m.meta.tags["x"], "number_value", float("nan"))),
        message(lambda m: m.meta.tags["x"].Clear()),
        message(lambda m: m.meta.tags["x"].list_value.values.extend([Value(bool_value=True)] * 300_000)),
        deep(40),
    ],
    ids=["nan", "nothing", "long-list", "deep"],
)
async def test_tag_that_nobody_knows_changes_nothing(raw: bytes) -> None:
    async with asking(saying(raw)) as classifier:
        assert_valid(await classifier.score(TEXTS, 0.5, REASONS))


async def test_more_reasons_than_asked_for_are_left_out() -> None:
    raw = message(lambda m: [reason(m, "1", "w" * 5_000, float(n)) for n in range(50)])
    async with asking(saying(raw)) as classifier:
        scores = await classifier.score(TEXTS, 0.5, REASONS)
    assert_valid(scores)
    assert [len(each.word) for each in scores.reasons[1]] == [1_000] * 3


async def test_answer_that_is_too_long_is_not_read_and_not_the_comments_fault() -> None:
    async with asking(saying(b"\x00" * (MAX_ANSWER_BYTES + 1))) as classifier:
        with pytest.raises(ClassifierFailedError, match="more than"):
            await classifier.score(TEXTS, 0.5, REASONS)


def listed(values: list[Value]) -> Value:
    """Return a list as a protobuf `Value`."""
    value = Value()
    value.list_value.values.extend(values)
    return value


def mapped(fields: dict[str, Value]) -> Value:
    """Return an object as a protobuf `Value`."""
    value = Value()
    for name, each in fields.items():
        value.struct_value.fields[name].CopyFrom(each)
    return value


PLACES = st.sampled_from(["0", "1", "2", "-1", "x"])
VALUES = st.recursive(
    st.one_of(
        st.builds(Value),
        st.builds(lambda number: Value(number_value=number), st.floats()),
        st.builds(lambda text: Value(string_value=text), st.text(max_size=9)),
        st.just(Value(bool_value=True)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(listed), st.dictionaries(PLACES, inner, max_size=2).map(mapped)
    ),
    max_leaves=8,
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Return the bytes of an answer near to Seldon's, some with accidents."""
    drawn = Message()
    if draw(st.booleans()):
        drawn.MergeFromString(message())
    else:
        drawn.data.tensor.shape.extend(draw(st.lists(st.integers(-3, 5), max_size=3)))
        drawn.data.tensor.values.extend(draw(st.lists(st.floats(), max_size=5)))
    names = st.sampled_from(["model_version", "reasons", "explained_above", "thresholds", "x"])
    for name in draw(st.lists(names, max_size=3)):
        drawn.meta.tags[name].CopyFrom(draw(VALUES))
    raw = bytearray(drawn.SerializeToString())
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(raw)


FAILURES = st.tuples(
    st.sampled_from(list(grpc.StatusCode)[1:]), st.text(st.characters(codec="utf-8"), max_size=20)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(messages() | FAILURES, min_size=1, max_size=20))
async def test_any_answer_is_scores_or_an_error(answers: list[bytes | tuple[grpc.StatusCode, str]]) -> None:
    left = iter(answers)

    async def answer(request: bytes, context: Any) -> bytes:
        told = next(left)
        if isinstance(told, bytes):
            return told
        await context.abort(*told)
        raise AssertionError

    async with asking(answer) as classifier:
        for above in islice(cycle(ABOVE), len(answers)):
            try:
                assert_valid(await classifier.score(TEXTS, above, REASONS))
            except SettingsError as error:
                assert above == NAME
                assert len(str(error).encode()) < MANY_NAMES
            except ClassifierError as error:
                assert len(str(error).encode()) < 1_200


def frame(kind: int, payload: bytes, *, flags: int = 0, stream: int = 1) -> bytes:
    """Return an HTTP/2 frame."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def fields(*named: tuple[bytes, bytes]) -> bytes:
    """Return HTTP/2 header fields, written out."""
    return b"".join(b"\x00" + bytes([len(n)]) + n + _length_of_field(v) + v for n, v in named)


def _length_of_field(value: bytes) -> bytes:
    return bytes([len(value)]) if len(value) < 127 else b"\x7f" + _length(len(value) - 127)


DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS = 1, 4
HELLO = frame(SETTINGS, b"", stream=0)
OK = frame(HEADERS, fields((b":status", b"200"), (b"content-type", b"application/grpc")), flags=END_HEADERS)


def ended(*named: tuple[bytes, bytes], data: bytes = b"") -> bytes:
    """Return an answer with some data and such trailers."""
    return HELLO + OK + data + frame(HEADERS, fields(*named), flags=END_HEADERS | END_STREAM)


def data(raw: bytes, *, length: int | None = None, compressed: int = 0) -> bytes:
    """Return a gRPC message in its frame, true or not."""
    return frame(DATA, bytes([compressed]) + (len(raw) if length is None else length).to_bytes(4) + raw)


WIRE = {
    "hangs-up": b"",
    "not-http-2": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "garbage": b"\xff" * 100,
    "goes-away": HELLO + frame(GOAWAY, b"\x00" * 8, stream=0),
    "resets": HELLO + frame(RST_STREAM, b"\x00\x00\x00\x02"),
    "status-404": HELLO + frame(HEADERS, fields((b":status", b"404")), flags=END_HEADERS | END_STREAM),
    "html": HELLO
    + frame(HEADERS, fields((b":status", b"200"), (b"content-type", b"text/html")), flags=END_HEADERS)
    + frame(DATA, b"<html>", flags=END_STREAM),
    "no-grpc-status": ended((b"a", b"b")),
    "status-ok-without-message": ended((b"grpc-status", b"0")),
    "two-messages": ended((b"grpc-status", b"0"), data=data(message()) * 2),
    "status-unknown": ended((b"grpc-status", b"99"), (b"grpc-message", b"?")),
    "status-negative": ended((b"grpc-status", b"-1")),
    "status-is-text": ended((b"grpc-status", b"fine")),
    "details-not-utf-8": ended((b"grpc-status", b"2"), (b"grpc-message", b"%ff%fe%00")),
    "message-longer-than-it-says": ended((b"grpc-status", b"0"), data=data(message(), length=3)),
    "message-shorter-than-it-says": ended((b"grpc-status", b"0"), data=data(message(), length=10_000)),
    "message-of-4-gigabytes": ended((b"grpc-status", b"0"), data=data(message(), length=2**32 - 1)),
    "compressed-garbage": ended((b"grpc-status", b"0"), data=data(message(), compressed=1)),
    "frame-of-an-unknown-kind": HELLO + frame(0xEE, b"?" * 50) + b"\x00",
}


@pytest.mark.parametrize("raw", WIRE.values(), ids=WIRE.keys())
async def test_any_bytes_on_the_wire_are_an_error_of_ours(raw: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"SM\r\n\r\n")  # HTTP/2's preface
        if raw.startswith(HELLO):
            writer.write(HELLO)
            await reader.readuntil(b"Predict")
        writer.write(raw.removeprefix(HELLO))
        await writer.drain()
        if raw:
            await reader.read()

    async with talking(talk) as port:
        classifier = SeldonGrpcClassifier(f"grpc://127.0.0.1:{port}", 0.4)
        began = time.monotonic()
        with pytest.raises(ClassifierError) as caught:
            await classifier.score(TEXTS, 0.5, REASONS)
        assert time.monotonic() - began < 3.0
        assert caught.value.retriable
        await classifier.close()


async def test_answer_that_does_not_come_ends_with_the_time_limit() -> None:
    async def hang(request: bytes, context: Any) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async with asking(hang, timeout_s=0.3) as classifier:
        began = time.monotonic()
        with pytest.raises(ClassifierUnavailableError):
            await classifier.score(TEXTS, 0.5, REASONS)
        assert time.monotonic() - began < 3.0
