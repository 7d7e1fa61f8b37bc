"""Batches are what there is, or full ones under a backlog, and hold nothing that is not ours to work on."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from streams.app import build
from streams.batching import Batch, BatchStream
from streams.fetching import BatchConsumer
from streams.inbox import Inbox, Stretch
from streams.offsets import OffsetLedger, Partition
from streams.producing import IdempotentProducer
from streams.settings import StreamSettings
from tests.streams.examples import make_record

GENERATION = 4
LONG_S = 3_600.0
P, Q = Partition("t", 0), Partition("t", 1)


class StandAloneStream(BatchStream):
    """A `BatchStream` without the app around it: the test is the app."""

    def __init__(self) -> None:
        self.channel = SimpleNamespace(queue=asyncio.Queue(), get_topic_name=lambda: "t")
        self.app = SimpleNamespace(
            should_stop=False,
            rebalancing=False,
            consumer_generation_id=GENERATION,
            flow_control=SimpleNamespace(is_active=lambda: True),
            consumer=SimpleNamespace(ledger=OffsetLedger(), inboxes=defaultdict(Inbox)),
        )
        self.app.consumer.settle = self.app.consumer.ledger.settle

    should_stop = False

    async def maybe_start(self) -> None: ...

    def deliver(
        self, *offsets: int, value: bytes | None = b"x", generation: int = GENERATION, where: Partition = P
    ) -> None:
        """Deliver one stretch."""
        records = [make_record(value=value, partition=where.partition, offset=each) for each in offsets]
        self.app.consumer.inboxes["t"].put(Stretch(generation, where, records))

    @property
    def committable(self) -> Any:
        return self.app.consumer.ledger.committable().get(P)


async def first(batches: AsyncIterator[Batch]) -> Batch:
    async with asyncio.timeout(5.0):
        return await anext(batches)


def offsets(batch: Batch) -> list[int]:
    return [record.offset for record in batch.records]


async def soon(task: asyncio.Task[Any]) -> bool:
    """Let everything run that can; tell whether the task is done."""
    for _ in range(20):
        await asyncio.sleep(0)
    return task.done()


async def test_full_batch_leaves_its_rest_to_the_next() -> None:
    stream = StandAloneStream()
    stream.deliver(0, 1, 2, 3, 4)
    batches = stream.batches(3, LONG_S, 1_000)
    with await first(batches) as batch:
        assert offsets(batch) == [0, 1, 2]
    assert offsets(await first(batches)) == [3, 4]


async def test_idle_stream_waits_for_nothing() -> None:
    stream = StandAloneStream()
    batches = stream.batches(100, LONG_S, 1_000)
    taken = asyncio.ensure_future(anext(batches))
    assert not await soon(taken)
    stream.deliver(0, 1)
    assert offsets(await taken) == [0, 1]


async def test_batch_waits_for_company_while_another_is_in_work() -> None:
    stream = StandAloneStream()
    batches = stream.batches(3, LONG_S, 1_000)
    stream.deliver(0)
    with await first(batches):
        stream.deliver(1)
        taken = asyncio.ensure_future(anext(batches))
        assert not await soon(taken)
    with await taken as batch:
        assert offsets(batch) == [1], "the other is done with"
        stream.deliver(2, 3)
        taken = asyncio.ensure_future(anext(batches))
        assert not await soon(taken)
        stream.deliver(4, 5)
        assert offsets(await taken) == [2, 3, 4], "it is full"


async def test_batch_waits_for_company_no_longer_than_it_may() -> None:
    stream = StandAloneStream()
    batches = stream.batches(3, 0.01, 1_000)
    stream.deliver(0)
    with await first(batches):
        stream.deliver(1)
        assert offsets(await first(batches)) == [1]


async def test_tombstone_has_no_bytes() -> None:
    stream = StandAloneStream()
    stream.deliver(0, value=None)
    assert (await first(stream.batches(1, LONG_S, 1_000))).records[0].value is None


async def test_records_from_before_a_rebalance_are_not_ours() -> None:
    stream = StandAloneStream()
    stream.deliver(0, generation=GENERATION - 1)
    stream.deliver(1)
    assert offsets(await first(stream.batches(2, LONG_S, 1_000))) == [1]


async def test_nothing_is_taken_while_partitions_move() -> None:
    stream = StandAloneStream()
    batches = stream.batches(1, LONG_S, 1_000)
    stream.app.rebalancing = True
    stream.deliver(0)
    taken = asyncio.ensure_future(anext(batches))
    assert not await soon(taken)
    assert stream.app.consumer.ledger.in_flight == 0
    stream.app.rebalancing = False
    async with asyncio.timeout(5.0):
        assert offsets(await taken) == [0], "what came meanwhile is not lost"


async def test_record_that_is_delivered_twice_is_worked_on_once() -> None:
    stream = StandAloneStream()
    batches = stream.batches(3, LONG_S, 1_000)
    for delivered in ((0, 1), (0, 1, 2), (2, 3)):
        stream.deliver(*delivered)
    for wanted in ([0, 1], [2], [3]):
        with await first(batches) as batch:
            assert offsets(batch) == wanted
            batch.acknowledge()
    assert stream.committable == 4


async def test_stretches_of_several_partitions_make_one_batch_with_one_claim_for_each() -> None:
    stream = StandAloneStream()
    stream.deliver(0, 1)
    stream.deliver(7, where=Q)
    stream.deliver(2, 5)
    with await first(stream.batches(9, LONG_S, 1_000)) as batch:
        assert offsets(batch) == [0, 1, 2, 5, 7]
        assert stream.app.consumer.ledger.in_flight == 2
        assert batch.is_ours()
        batch.acknowledge()
    assert stream.app.consumer.ledger.committable() == {P: 6, Q: 8}


async def test_acknowledged_batch_may_be_committed() -> None:
    stream = StandAloneStream()
    stream.deliver(7)
    with await first(stream.batches(1, LONG_S, 1_000)) as batch:
        assert stream.committable is None
        batch.acknowledge()
    assert stream.committable == 8


async def test_batch_that_failed_is_never_committed_past() -> None:
    stream = StandAloneStream()
    stream.deliver(7, 8)
    batches = stream.batches(1, LONG_S, 1_000)
    with pytest.raises(ZeroDivisionError), await first(batches):
        raise ZeroDivisionError
    with await first(batches) as batch:
        batch.acknowledge()
    assert stream.committable is None
    assert stream.app.consumer.ledger.in_flight == 0


@pytest.mark.parametrize("change", ["stop", "rebalance", "new assignment"])
async def test_batch_is_not_wanted_any_more(change: str) -> None:
    stream = StandAloneStream()
    stream.deliver(7)
    batch = await first(stream.batches(1, LONG_S, 1_000))
    assert batch.wanted()
    if change == "stop":
        stream.app.should_stop = True
    elif change == "rebalance":
        stream.app.rebalancing = True
    else:
        stream.app.consumer_generation_id += 1
    assert not batch.wanted()


async def test_stream_that_faust_ends_ends() -> None:
    stream = StandAloneStream()

    async def ended() -> Any:
        raise StopAsyncIteration

    stream.channel.queue = SimpleNamespace(get=ended)
    assert [batch async for batch in stream.batches(1, LONG_S, 1_000)] == []


def test_app_uses_what_is_installed() -> None:
    """Faust makes its producer from another transport than the one that is called the producer's."""
    app = build(StreamSettings(classifier_url="http://127.0.0.1:9", batch_size=77))
    assert isinstance(app.producer, IdempotentProducer)
    assert isinstance(app.consumer, BatchConsumer)
    assert app.consumer.most_uncommitted == 77
    assert app.conf.Stream is BatchStream
