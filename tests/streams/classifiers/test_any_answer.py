"""Whatever a service answers: right scores or a `ClassifierError`, in time, and within bounds."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.classifiers.answers import MAX_ANSWER_BYTES
from streams.classifiers.seldon_rest import SeldonRestClassifier
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
    Talk,
    assert_valid,
    http,
    http_answers,
    read_request,
    saying,
    seldon,
    talking,
)

GOOD = json.dumps(seldon(model_version="v1")).encode()


@asynccontextmanager
async def asking(talk: Talk, timeout_s: float = 5.0) -> AsyncIterator[SeldonRestClassifier]:
    async with talking(talk) as port:
        classifier = SeldonRestClassifier(f"http://127.0.0.1:{port}", timeout_s)
        try:
            yield classifier
        finally:
            await classifier.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(http_answers(), min_size=1, max_size=15))
async def test_any_answer_is_scores_or_an_error(answers: list[bytes]) -> None:
    left = iter(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(next(left))(reader, writer)

    async with asking(talk) as classifier:
        for above in islice(cycle(ABOVE), len(answers)):
            try:
                assert_valid(await classifier.score(TEXTS, above, REASONS))
            except SettingsError as error:
                assert above == NAME
                assert len(str(error).encode()) < MANY_NAMES
            except ClassifierError as error:
                assert len(str(error).encode()) < 1_000


DEEP = b'{"data":' + b"[" * 100_000
NASTY = {
    "nothing": b"",
    "not-http": b"\x00\xff\r\n\r\n",
    "tls": b"\x15\x03\x01\x00\x02\x02\x28",
    "empty-body": http(b""),
    "deep-nesting": http(DEEP),
    "deep-error-page": http(DEEP, "500 X"),
    "deep-refusal": http(b'{"status":{"info":' + b"[" * 900 + b"]" * 900 + b"}}", "422 X"),
    "info-of-5000-digits": http(b'{"status":{"info":' + b"9" * 5_000 + b"}}", "500 X"),
    "number-of-5000-digits": http(b'{"data":{"tensor":{"shape":[' + b"9" * 5_000 + b"]}}}"),
    "nan": http(json.dumps(seldon([float("nan")] * 4, model_version="v1")).encode()),
    "1e400": http(GOOD.replace(b"0.8", b"1e400")),
    "kept-is-nonsense": http(GOOD.replace(b"0.9", b"7")),
    "strings-as-numbers": http(GOOD.replace(b"0.8", b'"0.8"')),
    "duplicate-keys": http(GOOD[:-1] + b',"data":{}}'),
    "lone-surrogate": http(GOOD.replace(b'"v1"', rb'"\ud800"')),
    "version-of-a-megabyte": http(json.dumps(seldon(model_version="v" * 1_000_000)).encode()),
    "reasons-of-no-text": http(json.dumps(seldon(model_version="v", reasons={"-1": [["w", 1]]})).encode()),
    "reasons-out-of-range": http(json.dumps(seldon(model_version="v", reasons={"2": [["w", 1]]})).encode()),
    "gzip-nobody-asked-for": http(gzip.compress(GOOD), "200 OK", "Content-Encoding: gzip"),
    "shorter-than-it-says": http(GOOD, length=len(GOOD) + 10),
    "longer-than-it-says": http(GOOD, length=len(GOOD) - 10),
    "chunked-garbage": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + GOOD,
    "chunk-of-2-to-the-64": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"
    + GOOD,
    "continue-and-away": b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    "upgrade": http(GOOD, "101 Switching", "Connection: upgrade", "Upgrade: websocket"),
    "thousands-of-headers": http(GOOD, "200 OK", *[f"H{n}: v" for n in range(5_000)]),
    "redirect-to-nowhere": http(b"", "302 Found", "Location: http://[nonsense"),
    "no-content": http(b"", "204 No Content"),
    "partial-content": http(GOOD, "206 Partial Content"),
}


@pytest.mark.parametrize("raw", NASTY.values(), ids=NASTY.keys())
async def test_nasty_answer_is_an_error_of_ours(raw: bytes) -> None:
    async with asking(saying(raw)) as classifier:
        with pytest.raises(ClassifierError) as caught:
            await classifier.score(TEXTS, 0.5, REASONS)
    assert len(str(caught.value)) < 500
    assert caught.value.retriable == (b" 422 X" not in raw), "what may pass later is tried later"


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await asyncio.Event().wait()


async def hang_in_mid_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(http(GOOD)[:-5])
    await asyncio.Event().wait()


async def drip_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nH: ")
    while True:
        writer.write(b"v")
        await writer.drain()
        await asyncio.sleep(0.01)


async def continue_for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await writer.drain()


async def never_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("talk", [hang, hang_in_mid_answer, drip_headers, continue_for_ever, never_read])
async def test_answer_that_does_not_come_ends_with_the_time_limit(talk: Talk) -> None:
    async with asking(talk, timeout_s=0.3) as classifier:
        began = time.monotonic()
        with pytest.raises(ClassifierUnavailableError):
            await classifier.score(["x" * 3_000_000], 0.5, REASONS)
        assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("status", ["200 OK", "500 X", "422 X"])
@pytest.mark.parametrize(
    "framing", ["Transfer-Encoding: chunked", "Connection: close", "Content-Length: 9999999999"]
)
async def test_answer_without_end_is_cut_off(status: str, framing: str) -> None:
    sent = 0
    chunk = b" " * 65_536
    framed = b"10000\r\n" + chunk + b"\r\n" if "chunked" in framing else chunk

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(f"HTTP/1.1 {status}\r\n{framing}\r\n\r\n".encode())
        while True:
            writer.write(framed)
            await writer.drain()
            sent += len(chunk)

    async with asking(talk) as classifier:
        with pytest.raises(ClassifierFailedError, match="more than"):
            await classifier.score(TEXTS, 0.5, REASONS)
    assert sent < 4 * MAX_ANSWER_BYTES, "no more than the buffers on the way hold"


async def test_answer_that_would_unpack_to_gigabytes_is_not_unpacked() -> None:
    bomb = http(gzip.compress(b" " * 50_000_000), "200 OK", "Content-Encoding: gzip")
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).lower())
        writer.write(bomb)
        await writer.drain()

    async with asking(talk) as classifier:
        with pytest.raises(ClassifierAnswerError, match="something else"):
            await classifier.score(TEXTS, 0.5, REASONS)
    assert b"accept-encoding: identity" in asked[0]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_comments_are_not_taken_elsewhere(status: int) -> None:
    visits = 0

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal visits
        visits += 1
        await saying(http(GOOD))(reader, writer)

    async with talking(elsewhere) as port:
        here = saying(http(b"", f"{status} X", f"Location: http://127.0.0.1:{port}/api/v1.0/predictions"))
        async with asking(here) as classifier:
            with pytest.raises(ClassifierUnavailableError, match=str(status)):
                await classifier.score(TEXTS, 0.5, REASONS)
    assert visits == 0


async def test_long_request_arrives_as_it_is() -> None:
    """Sent as one `bytes`, a body above 1 MB makes aiohttp warn, and warnings are errors."""
    seen: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await read_request(reader))
        writer.write(http(GOOD))
        await writer.drain()

    texts = ["ä" * 1_500_000, "b"]
    async with asking(talk) as classifier:
        assert_valid(await classifier.score(texts, 0.5, REASONS))
    assert json.loads(seen[0])["jsonData"] == texts


async def test_more_reasons_than_asked_for_are_left_out() -> None:
    words = [["w" * 5_000, 2.0]] + [[f"w{n}", 1.0] for n in range(50)]
    answer = http(json.dumps(seldon(model_version="v1", reasons={"1": words})).encode())
    async with asking(saying(answer)) as classifier:
        scores = await classifier.score(TEXTS, 0.5, REASONS)
    assert_valid(scores)
    assert [len(reason.word) for reason in scores.reasons[1]] == [1_000, 2, 2]


@pytest.mark.parametrize("late", [False, True], ids=["at-once", "later"])
async def test_answer_that_nobody_asked_for_is_not_taken_for_the_next(late: bool) -> None:
    other = http(json.dumps(seldon(model_version="of another call")).encode())
    go_on = asyncio.Event()
    gone_on = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            if late:
                writer.write(http(GOOD))
                await go_on.wait()
                writer.write(other)
            else:
                writer.write(http(GOOD) + other)
            await writer.drain()
            gone_on.set()

    async with asking(talk) as classifier:
        first = await classifier.score(TEXTS, 0.5, REASONS)
        go_on.set()
        await gone_on.wait()
        await asyncio.sleep(0.05)
        second = await classifier.score(TEXTS, 0.5, REASONS)
    assert [first.model_version, second.model_version] == ["v1", "v1"]
