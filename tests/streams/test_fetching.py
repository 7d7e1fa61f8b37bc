"""The consumer fetches no more than there is room for, and commits what its ledger says, when it has to."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaConnectionError, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.errors import MembershipError, PublishError
from streams.fetching import (
    BUFFERED_BYTES,
    BUFFERED_RECORDS,
    COLLECT_BYTES,
    COLLECT_MS,
    MANY_ASSIGNMENTS,
    PROVEN_FOR_S,
    WAIT_MS,
    BatchConsumer,
    Connection,
    CountingListener,
    Pace,
    SourceRecords,
)
from streams.header_names import KeptRecords
from streams.inbox import Inbox, Stretch
from streams.kafka_cluster import Cluster
from streams.offsets import ClaimState, OffsetLedger, Partition
from streams.records import SourceRecord
from streams.topics import Topics
from tests.streams.examples import make_record

LONG_S = 3_600.0


class StandAloneConsumer(BatchConsumer):
    """A `BatchConsumer` without Faust around it: remembers what was committed when."""

    should_stop = False

    def __init__(self, drain_within_s: float = 5.0, commit_within_s: float = 5.0) -> None:
        self.drain_within_s = drain_within_s
        self.commit_within_s = commit_within_s
        self.ledger = OffsetLedger()
        self.acknowledged = 0
        self.held = False
        self.inboxes = defaultdict(Inbox)
        self.most_uncommitted = 5
        self._dropped = False
        self._committing = None
        self._proven_at_s = time.monotonic()
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
    consumer.ledger.settle([consumer.ledger.claim(P, 0, 4)], ClaimState.FINISHED)
    claims = [consumer.ledger.claim(P, 5, 9)]

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
    assert consumer.commits[:2] == [{}, {P: 5}]
    await under_way


async def test_little_is_published_before_it_is_committed() -> None:
    consumer = StandAloneConsumer()
    first, second, third = ([consumer.ledger.claim(P, at, at + 1)] for at in (0, 2, 4))
    consumer.settle(first, ClaimState.FINISHED)
    assert await consumer.turn(second)
    assert consumer.commits == [], "four would be delivered again after a crash, and five may be"
    consumer.settle(second, ClaimState.FINISHED)
    assert await consumer.turn(third)
    assert consumer.commits[-1] == {P: 4}


async def test_what_may_be_committed_is_committed_while_others_are_scored() -> None:
    consumer = StandAloneConsumer()
    consumer.settle([consumer.ledger.claim(P, 0, 2)], ClaimState.FINISHED)
    assert consumer._committing is not None
    await consumer._committing
    assert consumer.commits == [{P: 3}]
    consumer.ledger.confirm({P: 3})
    consumer.settle([consumer.ledger.claim(P, 3, 3)], ClaimState.FINISHED)
    assert consumer._committing is None, "one offset is too little"


async def test_worker_that_has_heard_nothing_for_long_asks_whether_the_partitions_are_its_own() -> None:
    """It may have been paused, and another may have them by now."""
    consumer = StandAloneConsumer()
    told: list[Mapping[Any, int]] = []

    async def commit(offsets: Mapping[Any, int]) -> bool:
        told.append(offsets)
        return False

    consumer._thread = SimpleNamespace(commit=commit, assignment=lambda: {P})
    consumer._committed_offset = defaultdict(lambda: None)
    consumer.settle([consumer.ledger.claim(P, 0, 0)], ClaimState.FINISHED)
    claims = [consumer.ledger.claim(P, 1, 1)]
    consumer._proven_at_s -= 2 * PROVEN_FOR_S
    assert await consumer.turn(claims) is False
    assert told == [{P: 1}]


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
    assert (consumer.committed_at_s > 0.0) is accepted
    assert await consumer.turn(claims) is accepted


async def test_commit_that_hangs_ends_the_wait_for_the_turn() -> None:
    consumer = StandAloneConsumer(commit_within_s=0.01)
    consumer.ledger.settle([consumer.ledger.claim(P, 0, 4)], ClaimState.FINISHED)
    claims = [consumer.ledger.claim(P, 5, 9)]

    async def commit(*_: Any) -> bool:
        await asyncio.sleep(LONG_S)
        return True

    consumer.commit = commit  # type: ignore[method-assign, assignment]
    with pytest.raises(PublishError):
        async with asyncio.timeout(5.0):
            await consumer.turn(claims)


@pytest.mark.parametrize(
    ("held", "records", "value_bytes", "asks"),
    [
        pytest.param(False, 1, 1, {TP("t", 0)}, id="as ever"),
        pytest.param(True, 1, 1, {TP("", -1)}, id="held"),
        pytest.param(False, 1, BUFFERED_BYTES + 1, {TP("", -1)}, id="many bytes"),
        pytest.param(False, BUFFERED_RECORDS + 1, 0, {TP("", -1)}, id="many records"),
    ],
)
async def test_fetcher_is_asked_for_nothing_while_held_or_full(
    held: bool, records: int, value_bytes: int, asks: set[TP]
) -> None:
    consumer = StandAloneConsumer()
    consumer.hold(held)
    consumer.inboxes["t"].put(Stretch(1, P, [make_record(value=b"x" * value_bytes)] * records))
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
    consumer.inboxes["t"].put(Stretch(1, Q, [make_record()]))
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


async def test_what_was_fetched_says_which_assignment_it_was_read_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = object.__new__(Connection)
    connection.app = SimpleNamespace(consumer_generation_id=3)
    connection._pace = Pace()
    records = [make_record()]

    async def fetch(*_: Any, **__: Any) -> Any:
        connection.app.consumer_generation_id = 5  # the partitions moved while it waited
        return {TP("t", 0): records}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch)
    assert await connection._fetch_records(SimpleNamespace(_fetcher=SimpleNamespace()), None) == {
        TP("t", 0): Stretch(5, P, records)
    }


async def test_what_was_fetched_while_nothing_flows_is_read_again_from_the_commits() -> None:
    consumer = StandAloneConsumer()
    did: list[str] = []
    fails = [True, False]

    async def wait_next_records(timeout: float) -> Any:  # noqa: ASYNC109  Faust's name
        did.append("fetch")
        return {TP("t", 0): Stretch(1, P, [make_record()])}, None

    async def perform_seek() -> None:
        did.append("seek")
        if fails.pop(0):
            raise KafkaConnectionError

    consumer._wait_next_records, consumer.perform_seek = wait_next_records, perform_seek
    consumer._read_offset = {}
    consumer.flow_active = False
    await consumer._fetch()
    assert (did, consumer.inboxes["t"].records) == (["fetch"], 0)
    consumer.flow_active = True
    for _ in range(3):
        await consumer._fetch()
    assert did == ["fetch", "seek", "seek", "fetch"], "nothing more before it is back"
    assert consumer.inboxes["t"].records == 1


async def test_partition_without_a_commit_is_read_again_from_its_beginning() -> None:
    consumer = StandAloneConsumer()
    sought: list[TP] = []

    async def seek_to_committed() -> dict[TP, int | None]:
        return {TP("t", 0): None, TP("t", 1): 0, TP("t", 2): -1, TP("t", 3): 7}

    consumer._thread = SimpleNamespace(seek_to_committed=seek_to_committed, begin_anew=sought.extend)
    assert (await consumer.seek_to_committed())[TP("t", 3)] == 7
    assert sought == [TP("t", 0), TP("t", 1), TP("t", 2)]


@pytest.mark.kafka
async def test_what_was_dropped_before_the_first_commit_comes_again(cluster: Cluster, topics: Topics) -> None:
    """Aiokafka leaves a partition without a commit where it is: beyond what was dropped."""
    topic, options = topics.comments.name, cluster.for_aiokafka()
    producer = AIOKafkaProducer(**options)
    client = AIOKafkaConsumer(
        topic, **options, group_id=topic, auto_offset_reset="earliest", enable_auto_commit=False
    )
    consumer = StandAloneConsumer()
    consumer._thread = connection = object.__new__(Connection)
    connection._consumer = client
    await producer.start()
    await client.start()
    try:
        for value in (b"a", b"b"):
            await producer.send_and_wait(topic, value, partition=0)
        assert await fetched(client, 2) == [0, 1]
        await consumer.seek_to_committed()
        assert await fetched(client, 2) == [0, 1]
    finally:
        await client.stop()
        await producer.stop()


async def fetched(client: AIOKafkaConsumer, count: int) -> list[int]:
    """Return the offsets of the next records."""
    async with asyncio.timeout(20.0):
        return [(await client.getone()).offset for _ in range(count)]


def test_aiokafka_gives_records_as_the_worker_uses_them() -> None:
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 10**6)
    builder.append(0, timestamp=1_700_000_000_123, key=b"k", value=b"v", headers=[("h", b"1")])
    builder.append(1, timestamp=5, key=None, value=None, headers=[])
    raw = KeptRecords(bytes(builder.build()))
    unpacked = SourceRecords(TopicPartition("t", 1), raw, [], 0, None, None, True, 0)
    assert list(unpacked) == [
        SourceRecord("t", 1, 0, b"k", b"v", 1_700_000_000.123, (("h", b"1"),)),
        SourceRecord("t", 1, 1, None, None, 0.005),
    ]


def fetches(pace: Pace, *seen: tuple[int, float]) -> list[bool]:
    """Let a pace see fetches with so many records at such times, in ms; return what it says after each."""
    told = []
    for records, at_ms in seen:
        pace.see(records, at_ms / 1_000.0)
        told.append(pace.collects)
    return told


def test_slow_comments_are_fetched_as_they_come() -> None:
    assert fetches(Pace(), (1, 0), (1, 20), (0, 1_500), (1, 1_520)) == [False] * 4


def test_comments_that_come_fast_are_collected_until_they_do_not() -> None:
    assert fetches(Pace(), (1, 0), (1, 4), (3, 14), (2, 24), (1, 34), (1, 60)) == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(("collects", "asked"), [(False, (WAIT_MS, 1)), (True, (COLLECT_MS, COLLECT_BYTES))])
async def test_broker_is_asked_to_collect_while_comments_come_fast(
    monkeypatch: pytest.MonkeyPatch, collects: bool, asked: tuple[int, int]
) -> None:
    timeouts: list[float] = []

    async def fetch(*_: Any, timeout: float, **__: Any) -> Any:  # noqa: ASYNC109  Faust's name
        timeouts.append(timeout)
        return {TP("t", 0): [make_record()] * 2}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch)
    connection = object.__new__(Connection)
    connection.app = SimpleNamespace(consumer_generation_id=3)
    connection._pace = Pace()
    connection._pace.collects = collects
    fetcher = SimpleNamespace()
    await connection._fetch_records(SimpleNamespace(_fetcher=fetcher), None, timeout=1.0)
    assert (fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes) == asked
    assert (timeouts[0] < 1.0) is collects, "the end of a flow is noticed soon"
