"""A batch's outputs are on the broker when the publisher returns; otherwise it raises."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from streams.errors import PublishError
from streams.publisher import Publisher
from streams.records import Output


class ScriptedProducer:
    """Hands out the futures that a test controls."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.futures: list[asyncio.Future[None]] = []

    async def send(self, *record: Any) -> asyncio.Future[None]:
        self.sent.append(record)
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]


def publisher_with(producer: ScriptedProducer, timeout_s: float = 5.0) -> Publisher:
    async def maybe_start_producer() -> ScriptedProducer:
        return producer

    return Publisher(SimpleNamespace(maybe_start_producer=maybe_start_producer), timeout_s)


OUTPUTS = [Output("t", 3, b"k", b"v", [("h", b"1")]), Output("u", 3, None, b"w", [])]


async def test_outputs_go_in_order_to_their_partition_and_each_confirmation_is_awaited() -> None:
    producer = ScriptedProducer()
    publishing = asyncio.create_task(publisher_with(producer).publish(OUTPUTS))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [record[:4] for record in producer.sent] == [("t", b"k", b"v", 3), ("u", None, b"w", 3)]
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
