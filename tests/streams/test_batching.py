"""Batches are cut by count, age and bytes, and hold nothing that is not ours to work on."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalStateError, KafkaError
from faust.transport.consumer import Consumer
from faust.types import TP

from streams.app import build
from streams.batching import (
    BUFFERED_BYTES,
    MANY_ASSIGNMENTS,
    Batch,
    BatchConsumer,
    BatchStream,
    CountingListener,
    IdempotentProducer,
)
from streams.errors import MembershipError, PublishError
from streams.offsets import ClaimState, OffsetLedger, Partition
from streams.settings import StreamSettings

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
            consumer=SimpleNamespace(ledger=OffsetLedger(), queues=[]),
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


class StandAloneConsumer(BatchConsumer):
    """A `BatchConsumer` without Faust around it: remembers what was committed when."""

    def __init__(self, drain_within_s: float = 5.0, commit_within_s: float = 5.0) -> None:
        self.drain_within_s = drain_within_s
        self.commit_within_s = commit_within_s
        self.ledger = OffsetLedger()
        self.acknowledged = 0
        self.held = False
        self.queues = []
        self.commits: list[dict[Partition, int]] = []
        self._settled = asyncio.Event()
        self._assigned_at_s = deque(maxlen=MANY_ASSIGNMENTS)
        self.log = SimpleNamespace(warning=lambda *_: None)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        self.commits.append(dict(self.ledger.committable()))
        return True


P = Partition("t", 0)
Q = Partition("t", 1)


async def soon(*tasks: asyncio.Task[Any]) -> list[bool]:
    """Let everything run that can; tell which tasks are done."""
    for _ in range(20):
        await asyncio.sleep(0)
    return [task.done() for task in tasks]


async def test_drain_ends_within_its_bound() -> None:
    consumer = StandAloneConsumer(drain_within_s=0.01)
    consumer.ledger.claim(P, 0, 1)
    async with asyncio.timeout(5.0):
        await consumer.wait_empty()
    assert consumer.commits[-1] == {}
    assert consumer.ledger.in_flight == 0, "the second drain of a stop does not wait again"


async def test_drain_waits_for_the_batch_in_hand() -> None:
    consumer = StandAloneConsumer()
    claim = consumer.ledger.claim(P, 0, 1)
    drain = asyncio.create_task(consumer.wait_empty())
    await asyncio.sleep(0)
    assert consumer.commits == []
    consumer.settle([claim], ClaimState.FINISHED)
    await drain
    assert consumer.commits == [{P: 2}]


async def test_turn_comes_when_what_came_before_is_committed() -> None:
    consumer = StandAloneConsumer()
    first, second = [consumer.ledger.claim(P, 0, 4)], [consumer.ledger.claim(P, 5, 9)]
    elsewhere = [consumer.ledger.claim(Q, 0, 4)]
    turns = [asyncio.create_task(consumer.turn(claims)) for claims in (first, second, elsewhere)]
    assert await soon(*turns) == [True, False, True]
    consumer.settle(first, ClaimState.FINISHED)
    assert await turns[1] is True
    assert consumer.commits[-1] == {P: 5}, "committed before the next is published"


async def test_turn_never_comes_after_something_given_back() -> None:
    consumer = StandAloneConsumer()
    first, second = [consumer.ledger.claim(P, 0, 4)], [consumer.ledger.claim(P, 5, 9)]
    turn = asyncio.create_task(consumer.turn(second))
    assert await soon(turn) == [False]
    consumer.settle(first, ClaimState.ABANDONED)
    assert await turn is False


async def test_turn_never_comes_once_the_drain_was_over() -> None:
    consumer = StandAloneConsumer(drain_within_s=0.01)
    claims = [consumer.ledger.claim(P, 0, 4)]
    await consumer.wait_empty()
    assert await consumer.turn(claims) is False


async def test_turn_never_comes_to_what_was_forgotten_while_it_waited() -> None:
    consumer = StandAloneConsumer()
    claims = [consumer.ledger.claim(P, 0, 4)]

    async def commit(*_: Any) -> bool:
        consumer.ledger.forget()
        return True

    consumer.commit = commit  # type: ignore[method-assign, assignment]
    assert await consumer.turn(claims) is False


class SlowlyCommittingConsumer(StandAloneConsumer):
    """Commits as Faust does, one at a time, each as long as the test wants it."""

    def __init__(self) -> None:
        super().__init__()
        self._commit_fut = None
        self.app = SimpleNamespace(client_only=False)
        self.may_end = asyncio.Event()

    loop = property(lambda self: asyncio.get_running_loop())
    commit = Consumer.commit

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        offsets = dict(self.ledger.committable())
        await self.may_end.wait()
        self.commits.append(offsets)
        return True


async def test_turn_waits_for_a_commit_of_what_finished_while_another_commit_was_under_way() -> None:
    consumer = SlowlyCommittingConsumer()
    first, second = [consumer.ledger.claim(P, 0, 4)], [consumer.ledger.claim(P, 5, 9)]
    under_way = asyncio.create_task(consumer.commit())  # Faust's own, by its timer
    await soon(under_way)
    consumer.settle(first, ClaimState.FINISHED)
    turn = asyncio.create_task(consumer.turn(second))
    await soon(turn)
    consumer.may_end.set()
    assert await turn is True
    assert consumer.commits == [{}, {P: 5}]
    await under_way


@pytest.mark.parametrize(
    ("committed", "in_flight", "finished"),
    [
        pytest.param(10, (10, 10), (11, 13), id="one-in-flight-at-the-head"),
        pytest.param(None, (0, 4), (5, 7), id="nothing-committed-yet"),
        pytest.param(6, (9, 9), (10, 10), id="first-after-a-hole-in-flight"),
    ],
)
async def test_faust_commits_what_the_ledger_says(
    committed: int | None, in_flight: tuple[int, int], finished: tuple[int, int]
) -> None:
    """By itself Faust 0.15.3 commits 14, 8 and 11 here, past work in flight (faust issue 606)."""
    consumer = StandAloneConsumer()
    consumer._committed_offset = defaultdict(lambda: committed)
    late, early = consumer.ledger.claim(P, *in_flight), consumer.ledger.claim(P, *finished)

    def offsets() -> dict[Any, int]:
        found: dict[Any, int] = consumer._filter_committable_offsets(consumer._filter_tps_with_pending_acks())
        return found

    consumer.settle([early], ClaimState.FINISHED)
    assert offsets() == {}
    consumer.settle([late], ClaimState.FINISHED)
    assert offsets() == {P: finished[1] + 1}


@pytest.mark.parametrize("accepted", [True, False])
async def test_refused_commit_gives_back_what_is_in_flight(accepted: bool) -> None:
    consumer = StandAloneConsumer()
    claims = [consumer.ledger.claim(P, 0, 4)]

    async def commit(offsets: Any) -> bool:
        return accepted

    consumer._thread = SimpleNamespace(commit=commit)
    assert await consumer._commit({P: 1}) is accepted
    assert await consumer.turn(claims) is accepted


async def test_commit_that_hangs_ends_the_wait_for_the_turn() -> None:
    consumer = StandAloneConsumer(commit_within_s=0.01)
    claims = [consumer.ledger.claim(P, 0, 4)]

    async def commit(*_: Any) -> bool:
        await asyncio.sleep(LONG_S)
        return True

    consumer.commit = commit  # type: ignore[method-assign, assignment]
    with pytest.raises(PublishError):
        async with asyncio.timeout(5.0):
            await consumer.turn(claims)


@pytest.mark.parametrize(
    ("held", "queued_bytes", "asks"),
    [(False, 0, {TP("t", 0)}), (True, 0, {TP("", -1)}), (False, BUFFERED_BYTES + 1, {TP("", -1)})],
    ids=["as ever", "held", "queue full"],
)
async def test_fetcher_is_asked_for_nothing_while_held_or_full(
    held: bool, queued_bytes: int, asks: set[TP]
) -> None:
    consumer = StandAloneConsumer()
    consumer.hold(held)
    consumer.queues = [asyncio.Queue()]
    consumer.queues[0].put_nowait(SimpleNamespace(message=SimpleNamespace(value=b"x" * queued_bytes)))
    asked: list[set[TP]] = []

    async def getmany(partitions: set[TP], timeout: float) -> dict[TP, Any]:  # noqa: ASYNC109  Faust's name
        asked.append(partitions)
        return {}

    consumer._thread = SimpleNamespace(getmany=getmany)
    await consumer._getmany({TP("t", 0)}, 1.0)
    assert asked == [asks]


async def test_each_assignment_has_a_number_of_its_own_though_kafkas_generation_stays() -> None:
    app = SimpleNamespace(consumer_generation_id=0, on_rebalance_start=lambda: None)
    told: list[int] = []

    async def on_partitions_assigned(assigned: set[TP], generation: int) -> None:
        assert generation == app.consumer_generation_id
        told.append(generation)

    thread = SimpleNamespace(
        app=app, on_partitions_revoked=lambda _: None, on_partitions_assigned=on_partitions_assigned
    )
    listener = CountingListener(thread)
    numbers = []
    for _ in range(3):
        listener.on_partitions_revoked([])
        numbers.append(app.consumer_generation_id)
        await listener.on_partitions_assigned([TP("t", 0)])
    assert told == [2, 4, 6]
    assert numbers == [1, 3, 5], "and what is read between two has one as well"
    assert BatchConsumer.RebalanceListener is CountingListener


@pytest.mark.parametrize(("name", "errors"), [("worker-0", 1), (None, 0)])
def test_two_workers_of_one_name_are_told_of(name: str | None, errors: int) -> None:
    told: list[Any] = []
    consumer = StandAloneConsumer()
    consumer.app = SimpleNamespace(conf=SimpleNamespace(consumer_group_instance_id=name))
    consumer.log = SimpleNamespace(error=lambda *words: told.append(words))
    for _ in range(MANY_ASSIGNMENTS):
        assert told == []
        consumer._suspect_a_namesake()
    assert len(told) == errors


def test_producer_neither_repeats_nor_reorders() -> None:
    app = SimpleNamespace(conf=SimpleNamespace(processing_guarantee=None), in_transaction=False)
    producer = object.__new__(IdempotentProducer)
    producer.app = app
    settings = producer._settings_extra()
    assert (settings["enable_idempotence"], settings["acks"]) == (True, "all")


def test_app_uses_what_is_installed() -> None:
    """Faust makes its producer from another transport than the one that is called the producer's."""
    app = build(StreamSettings(classifier_url="http://127.0.0.1:9"))
    assert isinstance(app.producer, IdempotentProducer)
    assert isinstance(app.consumer, BatchConsumer)
    assert app.conf.Stream is BatchStream


class ReadingConsumer(StandAloneConsumer):
    """Two partitions of "t" and one of another topic, each read to a position."""

    def __init__(self, positions: Mapping[TP, int | Exception]) -> None:
        super().__init__()
        self.joined = True
        self.positions = positions

    def assignment(self) -> set[TP]:
        return {TP("t", 0), TP("t", 1), TP("other", 0)}

    def highwater(self, tp: TP) -> int:
        assert tp.partition < 2
        return 10

    async def position(self, tp: TP) -> int:
        position = self.positions[tp]
        if isinstance(position, Exception):
            raise position
        return position


READ = {TP("t", 0): 10, TP("t", 1): 10}


@pytest.mark.parametrize(
    ("positions", "done"),
    [
        (READ, [0, 1]),
        (READ | {TP("t", 0): 9}, [1]),
        (READ | {TP("t", 0): IllegalStateError("not assigned")}, []),
        (READ | {TP("t", 1): AssertionError("not assigned")}, []),
    ],
    ids=["all", "one", "the partitions move", "they moved"],
)
async def test_caught_up_is_what_is_read_to_its_end(
    positions: Mapping[TP, int | Exception], done: list[int]
) -> None:
    assert await ReadingConsumer(positions).caught_up("t") == done


async def test_caught_up_is_not_what_is_in_the_queue_or_in_work() -> None:
    consumer = ReadingConsumer(READ)
    claim = consumer.ledger.claim(P, 8, 9)
    assert await consumer.caught_up("t") == [1]
    consumer.settle([claim], ClaimState.FINISHED)
    assert await consumer.caught_up("t") == [0, 1]
    consumer.queues = [asyncio.Queue()]
    consumer.queues[0].put_nowait(SimpleNamespace(message=SimpleNamespace(tp=TP("t", 1))))
    assert await consumer.caught_up("t") == [0], "another partition's backlog holds nobody back"
    consumer.joined = False
    assert await consumer.caught_up("t") == []


class Member(BatchConsumer):
    """A consumer whose group tells what a test says; it looks once."""

    should_stop = False

    def __init__(self, pending: KafkaError | None, routine: asyncio.Future[None]) -> None:
        group = SimpleNamespace(_pending_exception=pending, _coordination_task=routine)
        self._thread = SimpleNamespace(_consumer=SimpleNamespace(_coordinator=group))
        self.looks = 0

    async def sleep(self, n: Any, **_: Any) -> None:
        self.looks += 1
        self.should_stop = True


async def test_error_of_the_group_that_nobody_asks_for_ends_the_worker() -> None:
    member = Member(KafkaError("fenced"), asyncio.get_running_loop().create_future())
    with pytest.raises(MembershipError, match=r"does not get over: .*fenced"):
        await BatchConsumer._watch_membership.fun(member)


async def test_end_of_aiokafkas_routine_for_the_group_ends_the_worker() -> None:
    routine = asyncio.get_running_loop().create_future()
    routine.set_exception(KafkaError("unexpected"))
    with pytest.raises(MembershipError, match="unexpected"):
        await BatchConsumer._watch_membership.fun(Member(None, routine))


async def test_worker_goes_on_while_its_group_is_well() -> None:
    member = Member(None, asyncio.get_running_loop().create_future())
    await BatchConsumer._watch_membership.fun(member)
    assert member.looks == 1
