"""Connections that the REST classifier keeps, and what may go wrong on them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from streams.classifiers import lines
from streams.classifiers.seldon_rest import SeldonRestClassifier
from streams.errors import ClassifierFailedError, ClassifierRefusedError, ClassifierUnavailableError
from tests.streams.classifiers.lying import REASONS, TEXTS, http, read_request, seldon, talking

type Say = Callable[[asyncio.StreamWriter, "Service"], Awaitable[None]]

OF_ANOTHER_CALL = http(json.dumps(seldon(model_version="of another call")).encode())
OF_ANOTHER_NAME = http(
    json.dumps({**seldon(), "meta": {"puid": "other", "tags": {"model_version": "of another call"}}}).encode()
)
REFUSAL = http(b'{"status":{"info":"of another call"}}', "400 Bad Request")


class Service:
    """Answers each call with its name, but for those that it is told to treat otherwise."""

    def __init__(self, *, named: bool = True, **special: Say) -> None:
        self.connections = self.calls = 0
        self.hanging = asyncio.Event()
        self.closed = asyncio.Event()
        self._named = named
        self.special = special

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                asked = json.loads(await read_request(reader))
                self.calls += 1
                if say := self.special.get(f"call_{self.calls}"):
                    await say(writer, self)
                    continue
                answer = seldon(model_version=f"call {self.calls}")
                if self._named:
                    answer["meta"]["puid"] = asked["meta"]["puid"]
                writer.write(http(json.dumps(answer).encode()))
                await writer.drain()
                if say := self.special.get(f"after_{self.calls}"):
                    await say(writer, self)
        except asyncio.IncompleteReadError:
            self.closed.set()


@asynccontextmanager
async def asking(service: Service, timeout_s: float = 5.0) -> AsyncIterator[SeldonRestClassifier]:
    async with talking(service.talk) as port:
        classifier = SeldonRestClassifier(f"http://127.0.0.1:{port}", timeout_s)
        try:
            yield classifier
        finally:
            await classifier.close()


async def ask(classifier: SeldonRestClassifier) -> str:
    return (await classifier.score(TEXTS, 0.5, REASONS)).model_version


def saying(raw: bytes) -> Say:
    async def say(writer: asyncio.StreamWriter, _: Service) -> None:
        writer.write(raw)
        await writer.drain()

    return say


async def hang_up(writer: asyncio.StreamWriter, _: Service) -> None:
    writer.close()


async def hang(_: asyncio.StreamWriter, service: Service) -> None:
    service.hanging.set()


@pytest.mark.parametrize(("named", "connections"), [(True, 1), (False, 3)], ids=["named", "nameless"])
async def test_connection_is_kept_while_answers_name_their_calls(named: bool, connections: int) -> None:
    service = Service(named=named)
    async with asking(service) as classifier:
        assert [await ask(classifier) for _ in range(3)] == ["call 1", "call 2", "call 3"]
    assert service.connections == connections


@pytest.mark.parametrize("late", [OF_ANOTHER_CALL, OF_ANOTHER_NAME, REFUSAL], ids=["nameless", "named", "no"])
async def test_what_comes_late_on_a_kept_connection_is_not_believed(late: bytes) -> None:
    service = Service(after_1=saying(late))
    async with asking(service) as classifier:
        assert await ask(classifier) == "call 1"
        await asyncio.sleep(0.05)
        assert await ask(classifier) in ("call 2", "call 3")
    assert service.connections == 2


@pytest.mark.parametrize("instead", [OF_ANOTHER_CALL, OF_ANOTHER_NAME, REFUSAL, b"rubbish\r\n\r\n"])
async def test_answer_without_the_calls_name_is_asked_for_anew(instead: bytes) -> None:
    service = Service(call_2=saying(instead))
    async with asking(service) as classifier:
        assert [await ask(classifier) for _ in range(3)] == ["call 1", "call 3", "call 4"]
    assert service.connections == 2, "the third call has the second's"


@pytest.mark.parametrize("when", ["after_1", "call_2"], ids=["idle", "asked"])
async def test_service_that_hangs_up_is_asked_anew(when: str) -> None:
    service = Service()
    service.special[when] = hang_up
    async with asking(service) as classifier:
        assert await ask(classifier) == "call 1"
        await asyncio.sleep(0.05)
        assert await ask(classifier) in ("call 2", "call 3")
    assert service.connections == 2


async def test_failure_that_lasts_is_told() -> None:
    service = Service(call_2=saying(REFUSAL), call_3=saying(REFUSAL))
    async with asking(service) as classifier:
        await ask(classifier)
        with pytest.raises(ClassifierRefusedError):
            await ask(classifier)
    assert service.calls == 3


async def test_call_out_of_time_is_not_asked_anew_and_takes_its_connection_with_it() -> None:
    service = Service(call_2=hang)
    async with asking(service, timeout_s=0.3) as classifier:
        await ask(classifier)
        with pytest.raises(ClassifierFailedError, match="out of time"):
            await ask(classifier)
        await asyncio.wait_for(service.closed.wait(), 5)
        assert await ask(classifier) == "call 3"
    assert service.connections == 2


async def test_time_limit_is_for_both_attempts_together() -> None:
    async def say_late(writer: asyncio.StreamWriter, service: Service) -> None:
        await asyncio.sleep(0.3)
        await saying(REFUSAL)(writer, service)

    service = Service(call_2=say_late, call_3=say_late)
    async with asking(service, timeout_s=0.5) as classifier:
        await ask(classifier)
        with pytest.raises(ClassifierFailedError, match="out of time"):
            await ask(classifier)


async def test_call_that_is_given_up_takes_its_connection_with_it() -> None:
    service = Service(call_2=hang)
    async with asking(service) as classifier:
        await ask(classifier)
        given_up = asyncio.create_task(ask(classifier))
        await asyncio.wait_for(service.hanging.wait(), 5)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        await asyncio.wait_for(service.closed.wait(), 5)
        assert await ask(classifier) == "call 3"


async def test_connection_is_kept_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    async with asking(service) as classifier:
        await ask(classifier)
        monkeypatch.setattr(lines, "LONGEST_S", 0.0)
        await ask(classifier)
    assert service.connections == 2


async def test_calls_at_once_have_a_connection_each_and_keep_them() -> None:
    service = Service()
    async with asking(service) as classifier:
        for _ in range(3):
            told = await asyncio.gather(*(ask(classifier) for _ in range(4)))
            assert len(set(told)) == 4
    assert service.connections == 4


async def test_stop_ends_calls_as_well_as_kept_connections() -> None:
    service = Service(call_3=hang)
    async with asking(service) as classifier:
        await asyncio.gather(ask(classifier), ask(classifier))
        left = asyncio.create_task(ask(classifier))
        await asyncio.wait_for(service.hanging.wait(), 5)
        await classifier.close()
        with pytest.raises(ClassifierUnavailableError):
            await left
