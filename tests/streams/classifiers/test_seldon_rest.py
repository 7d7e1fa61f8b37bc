"""The REST classifier against a server on this machine that answers as each test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from streams.classifiers.seldon_rest import SeldonRestClassifier
from streams.errors import (
    ClassifierAnswerError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
    UnknownThresholdError,
)
from streams.records import Reason

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
type Serve = Callable[[Answer], Awaitable[SeldonRestClassifier]]

REASONS = [["w", 1.0, 0, 4], ["length", -0.5, None, None], ["old", 0.1]]
GOOD: dict[str, Any] = {
    "data": {"names": ["kept", "removed"], "tensor": {"shape": [2, 2], "values": [0.9, 0.1, 0.2, 0.8]}},
    "meta": {
        "tags": {
            "model_version": "v1",
            "reasons": {"1": REASONS},
        }
    },
}


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    cleanups: list[Callable[[], Awaitable[None]]] = []

    async def start(answer: Answer) -> SeldonRestClassifier:
        app = web.Application()
        app.router.add_post("/api/v1.0/predictions", answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        classifier = SeldonRestClassifier(f"http://127.0.0.1:{runner.addresses[0][1]}/", 0.5)
        cleanups.extend([classifier.close, runner.cleanup])
        return classifier

    yield start
    for cleanup in cleanups:
        await cleanup()


def answering(body: Any, status: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(text=text, status=status)

    return answer


async def test_texts_and_wishes_go_out_and_scores_come_back(serve: Serve) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(await request.json())
        return web.json_response(GOOD)

    scores = await (await serve(answer)).score(["a", "b"], explain_above=0.5, reasons=3)
    assert seen[0]["meta"].pop("puid")
    assert seen == [{"jsonData": ["a", "b"], "meta": {"tags": {"explain_above": 0.5, "reasons": 3}}}]
    assert list(scores.probabilities) == [0.1, 0.8]
    assert scores.reasons == {1: (Reason("w", 1.0, 0, 4), Reason("length", -0.5), Reason("old", 0.1))}


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_refusal_tells_the_services_sentence(serve: Serve, status: int) -> None:
    classifier = await serve(answering({"status": {"info": "text 1 is a number"}}, status))
    with pytest.raises(ClassifierRefusedError, match="text 1 is a number") as caught:
        await classifier.score(["a", "b"], 0.5, 3)
    assert caught.value.status == status


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 429, 500, 502, 503, 504])
async def test_fault_of_the_deployment_is_not_the_comments(serve: Serve, status: int) -> None:
    classifier = await serve(answering("<html>no</html>", status))
    with pytest.raises(ClassifierUnavailableError, match=str(status)):
        await classifier.score(["a", "b"], 0.5, 3)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"data":{}}',
        {**GOOD, "data": {"tensor": {"shape": [1, 2], "values": [0, 1]}}},
    ],
    ids=["empty", "not-json", "list", "no-data", "no-tensor", "too-few"],
)
async def test_other_answers_are_errors(serve: Serve, body: Any) -> None:
    with pytest.raises(ClassifierAnswerError):
        await (await serve(answering(body))).score(["a", "b"], 0.5, 3)


async def test_service_that_hangs_is_unavailable(serve: Serve) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ClassifierUnavailableError):
        await (await serve(hang)).score(["a", "b"], 0.5, 3)


async def test_refused_connection_is_unavailable() -> None:
    classifier = SeldonRestClassifier("http://127.0.0.1:9", 0.5)
    with pytest.raises(ClassifierUnavailableError):
        await classifier.score(["a"], 0.5, 3)
    await classifier.close()


async def test_name_of_a_threshold_goes_out_and_its_number_comes_back(serve: Serve) -> None:
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((await request.json())["meta"]["tags"]["explain_above"])
        tags = {**GOOD["meta"]["tags"], "explained_above": 0.287}
        return web.json_response({**GOOD, "meta": {"tags": tags}})

    scores = await (await serve(answer)).score(["a", "b"], explain_above="balanced", reasons=3)
    assert (seen, scores.threshold) == (["balanced"], 0.287)


async def test_name_that_the_model_does_not_have_is_a_wrong_setting(serve: Serve) -> None:
    tags = {**GOOD["meta"]["tags"], "explained_above": None, "thresholds": ["default"]}
    classifier = await serve(answering({**GOOD, "meta": {"tags": tags}}))
    with pytest.raises(UnknownThresholdError, match="it has default"):
        await classifier.score(["a", "b"], "nope", 3)
