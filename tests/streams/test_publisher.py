"""A batch's outputs are on the broker when the publisher returns; otherwise it raises."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from streams.errors import PublishError
from streams.limits import Limits
from streams.publisher import Publisher
from streams.records import Output


class ScriptedProducer:
    """Hands out the futures that a test controls."""

    def __init__(self) -> None:
        self.sent: list[Output] = []
        self.futures: list[asyncio.Future[None]] = []

    async def send_together(self, outputs: Sequence[Output], limits: Limits) -> list[asyncio.Future[None]]:
        self.sent.extend(outputs)
        self.futures = [asyncio.get_running_loop().create_future() for _ in outputs]
        return self.futures


def publisher_with(producer: ScriptedProducer, timeout_s: float = 5.0) -> Publisher:
    async def maybe_start_producer() -> ScriptedProducer:
        return producer

    return Publisher(SimpleNamespace(maybe_start_producer=maybe_start_producer), timeout_s, Limits())


OUTPUTS = [Output("t", 3, b"k", b"v", [("h", b"1")]), Output("u", 3, None, b"w", [])]


async def test_each_confirmation_is_awaited() -> None:
    producer = ScriptedProducer()
    publishing = asyncio.create_task(publisher_with(producer).publish(OUTPUTS))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert producer.sent == OUTPUTS
    producer.futures[0].set_result(None)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not publishing.done()
    producer.futures[1].set_result(None)
    await publishing


async def test_confirmation_that_never_comes_ends_in_an_error() -> None:
    async with asyncio.timeout(5.0):
        with pytest.raises(PublishError, match="did not confirm all of 2 outputs"):
            await publisher_with(ScriptedProducer(), timeout_s=0.01).publish(OUTPUTS)


async def test_output_that_the_broker_refuses_ends_in_an_error() -> None:
    producer = ScriptedProducer()
    publishing = asyncio.create_task(publisher_with(producer).publish(OUTPUTS))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    producer.futures[0].set_result(None)
    producer.futures[1].set_exception(MessageSizeTooLargeError())
    with pytest.raises(PublishError):
        await publishing
