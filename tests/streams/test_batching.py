"""Batches are cut by count, age and bytes, and hold nothing that is not ours to work on."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.transport.consumer import Consumer
from faust.types import TP

from streams.batching import Batch, BatchConsumer, BatchStream, IdempotentProducer
from streams.offsets import ClaimState, OffsetLedger, Partition

GENERATION = 4
LONG_S = 3_600.0


class StandAloneStream(BatchStream):
    """A `BatchStream` without the app around it: the test is the app."""

    def __init__(self) -> None:
        self.channel = SimpleNamespace(queue=asyncio.Queue())
        self.app = SimpleNamespace(
            should_stop=False,
            rebalancing=False,
            consumer_generation_id=GENERATION,
            flow_control=SimpleNamespace(is_active=lambda: True),
            consumer=SimpleNamespace(ledger=OffsetLedger()),
        )
        self.app.consumer.settle = self.app.consumer.ledger.settle

    should_stop = False

    async def maybe_start(self) -> None: ...

    def deliver(self, offset: int, value: bytes | None = b"x", generation: int = GENERATION) -> None:
        message = SimpleNamespace(
            topic="t",
            partition=0,
            offset=offset,
            key=None,
            value=value,
            timestamp=1.0,
            headers=[],
            tp=TP("t", 0),
        )
        message.generation_id = generation
        self.channel.queue.put_nowait(SimpleNamespace(message=message))

    @property
    def committable(self) -> Any:
        return self.app.consumer.ledger.committable().get(Partition("t", 0))


async def first(batches: AsyncIterator[Batch]) -> Batch:
    async with asyncio.timeout(5.0):
        return await anext(batches)


def offsets(batch: Batch) -> list[int]:
    return [record.offset for record in batch.records]


async def test_full_batch_does_not_wait() -> None:
    stream = StandAloneStream()
    for offset in range(5):
        stream.deliver(offset)
    batches = stream.batches(3, LONG_S, 1_000)
    assert offsets(await first(batches)) == [0, 1, 2]


async def test_unfilled_batch_leaves_when_its_first_record_has_waited() -> None:
    stream = StandAloneStream()
    stream.deliver(0)
    stream.deliver(1)
    assert offsets(await first(stream.batches(100, 0.01, 1_000))) == [0, 1]


async def test_bytes_limit_a_batch_and_the_record_that_did_not_fit_opens_the_next() -> None:
    stream = StandAloneStream()
    for offset, size in enumerate([400, 500, 200, 5_000, 10]):
        stream.deliver(offset, b"x" * size)
    batches = stream.batches(100, 0.01, 1_000)
    assert [offsets(await first(batches)) for _ in range(4)] == [[0, 1], [2], [3], [4]]


async def test_tombstone_has_no_bytes() -> None:
    stream = StandAloneStream()
    stream.deliver(0, None)
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
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(batches)
    assert stream.app.consumer.ledger.in_flight == 0


async def test_record_that_is_delivered_twice_is_worked_on_once() -> None:
    stream = StandAloneStream()
    batches = stream.batches(2, 0.01, 1_000)
    for offset in (0, 1, 0, 1, 2):
        stream.deliver(offset)
    assert offsets(await first(batches)) == [0, 1]
    assert offsets(await first(batches)) == [2]


async def test_acknowledged_batch_may_be_committed() -> None:
    stream = StandAloneStream()
    stream.deliver(7)
    with await first(stream.batches(1, LONG_S, 1_000)) as batch:
        assert stream.committable is None
        batch.acknowledge()
    assert stream.committable == 8


async def test_batch_that_failed_is_never_committed_past() -> None:
    stream = StandAloneStream()
    stream.deliver(7)
    stream.deliver(8)
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


async def test_drain_ends_within_its_bound() -> None:
    consumer: Any = SimpleNamespace(
        ledger=OffsetLedger(),
        drain_within_s=0.01,
        _settled=asyncio.Event(),
        commits=0,
        log=SimpleNamespace(warning=lambda *_: None),
    )

    async def commit() -> None:
        consumer.commits += 1

    consumer.commit = commit
    consumer.ledger.claim(Partition("t", 0), 0, 1)
    async with asyncio.timeout(5.0):
        await BatchConsumer.wait_empty(consumer)
    assert consumer.commits == 1
    assert consumer.ledger.in_flight == 0, "the second drain of a stop does not wait again"


async def test_drain_waits_for_the_batch_in_hand() -> None:
    consumer: Any = SimpleNamespace(
        ledger=OffsetLedger(), drain_within_s=5.0, _settled=asyncio.Event(), seen=[]
    )

    async def commit() -> None:
        consumer.seen.append(dict(consumer.ledger.committable()))

    consumer.commit = commit
    claim = consumer.ledger.claim(Partition("t", 0), 0, 1)
    drain = asyncio.create_task(BatchConsumer.wait_empty(consumer))
    await asyncio.sleep(0)
    assert consumer.seen == []
    BatchConsumer.settle(consumer, [claim], ClaimState.FINISHED)
    await drain
    assert consumer.seen == [{Partition("t", 0): 2}]


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (Consumer, "_filter_tps_with_pending_acks", ["self", "topics"]),
        (Consumer, "_new_offset", ["self", "tp"]),
        (Consumer, "wait_empty", ["self"]),
        (Consumer, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (Consumer, "verify_event_path", ["self", "now", "tp"]),
        (IdempotentProducer.__mro__[1], "_settings_extra", ["self"]),
    ],
)
def test_faust_still_calls_what_is_replaced_here(owner: type, name: str, parameters: list[str]) -> None:
    replaced = getattr(owner, name, None)
    assert replaced is not None, (
        f"Faust {faust.__version__} has no {owner.__name__}.{name}: read batching.py anew"
    )
    assert list(inspect.signature(replaced).parameters) == parameters
