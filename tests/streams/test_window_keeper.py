"""What a worker tells of its windows and when, what it checkpoints, and what it counts only once."""

import asyncio
import logging
from collections.abc import Collection, Sequence

import msgspec
import pytest

from streams import window_state
from streams.errors import PublishError, StateError
from streams.moderation import Outcome
from streams.offsets import Partition
from streams.partition_log import Extent
from streams.records import EVENT_ID, Output, encode
from streams.settings import StreamSettings
from streams.topics import Topics
from streams.window_keeper import Publish, WindowKeeper
from streams.window_records import (
    LateComment,
    PartitionProgress,
    WindowPartial,
    parse_partial,
    partials,
)
from streams.window_state import History, encode_state
from streams.windows import (
    BILLION,
    BINS,
    LONGEST_NAME,
    MOST_SUBREDDITS,
    Observation,
    PartitionWindows,
    Tally,
    Window,
)
from tests.streams.examples import make_prediction, make_record

TOPICS = Topics.named()
STATE_OF_0 = Partition(TOPICS.window_state.name, 0)
KAFKA_LIMIT = 1024 * 1024


class Clock:
    """A clock that is moved."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Broker:
    """Takes what is published, and gives the checkpoints back."""

    def __init__(self, end: int = 1_000, partitions: int = 2) -> None:
        self.end = end
        self.partitions = partitions
        self.published: list[list[Output]] = []
        self.state: dict[Partition, dict[bytes, bytes]] = {}
        self.asked: list[list[int]] = []
        """The partitions of each time that checkpoints were read."""

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.published.append(list(outputs))
        for each in outputs:
            if each.topic == TOPICS.window_state.name:
                values = self.state.setdefault(Partition(each.topic, each.partition or 0), {})
                values[each.key or b""] = each.value or b""
                if each.value is None:
                    del values[each.key or b""]

    async def newest(self, wheres: Collection[Partition]) -> dict[Partition, dict[bytes, bytes]]:
        self.asked.append([where.partition for where in wheres])
        return {where: dict(self.state.get(where, {})) for where in wheres}

    async def extents(self, wheres: Collection[Partition]) -> dict[Partition, Extent]:
        assert {where.topic for where in wheres} == {TOPICS.comments.name}
        return dict.fromkeys(wheres, Extent(self.end, self.partitions))

    def take(self) -> list[Output]:
        """Take everything that was published since the last call, in its order."""
        taken, self.published = [each for batch in self.published for each in batch], []
        return taken


class UnreadableBroker(Broker):
    """Does not give the checkpoints."""

    async def newest(self, wheres: Collection[Partition]) -> dict[Partition, dict[bytes, bytes]]:
        raise StateError(str(wheres), "not now")


async def refuse(outputs: Sequence[Output]) -> None:
    """Publish nothing."""
    raise PublishError(len(outputs), "no broker")


class Worker:
    """A keeper on a broker, and what it says, in short."""

    def __init__(
        self, broker: Broker, publish: Publish | None = None, assigned: Sequence[int] = (), **changes: float
    ) -> None:
        settings = StreamSettings(
            **{"window_update_s": 0.0, "allowed_lateness_s": 30.0, "idle_after_s": 60.0} | changes  # type: ignore[arg-type]
        )
        self.broker = broker
        self.clock = Clock()
        self.keeper = WindowKeeper(
            settings, TOPICS, broker, publish or broker.publish, lambda: assigned, self.clock
        )

    async def count(self, *outcomes: Outcome, assignment: int = 1) -> list[Output]:
        """Count a batch; return what was published before the checkpoint, which is published then."""
        checkpoint = await self.keeper.count(outcomes, assignment)
        left_behind = self.broker.take()
        await self.broker.publish(checkpoint)
        self.broker.take()
        return left_behind

    async def look(self, *caught_up: int, assignment: int = 1) -> list[Output]:
        await self.keeper.look(caught_up, assignment)
        return self.broker.take()

    def counted(self, partition: int = 0) -> dict[int, int]:
        """Return how many comments each open window has."""
        windows = self.keeper.standing()[partition].open()
        return {each.start_s: sum(tally.count for tally in each.rows.values()) for each in windows}


def outcome(
    offset: int, time: float, partition: int = 0, *, kafka_time: float = 200.0, threshold: float = 0.5
) -> Outcome:
    record = make_record(partition=partition, offset=offset, timestamp_s=kafka_time)
    prediction = make_prediction(id=f"c{offset}", created_utc=time, event_id=record.event_id)
    return Outcome(record, [], prediction, threshold)


def dead_letter(offset: int) -> Outcome:
    return Outcome(make_record(partition=0, offset=offset), [], None, None)


def brought_back(offset: int, time: float, original: int) -> Outcome:
    record = make_record(
        partition=0,
        offset=offset,
        timestamp_s=200.0,
        headers=[(EVENT_ID, f"reddit_stream:0:{original}".encode())],
    )
    assert record.resubmission
    return Outcome(record, [], make_prediction(created_utc=time, event_id=record.event_id), 0.5)


def late(outputs: Sequence[Output]) -> list[tuple[str, str, float]]:
    """Return event id, reason and seconds of the late comments among some outputs."""
    told = [
        msgspec.json.decode(each.value or b"", type=LateComment)
        for each in outputs
        if each.topic == TOPICS.late.name
    ]
    return [(each.event_id, each.reason, each.by_s) for each in told]


def windows(outputs: Sequence[Output]) -> list[tuple[int, int, int]]:
    """Return start, comments and `next_offset` of the windows told among some outputs."""
    told = [parse_partial(each.value or b"") for each in to_the_merger(outputs)]
    return [
        (each.window_start, sum(row.tally.count for row in each.rows), each.next_offset)
        for each in told
        if isinstance(each, WindowPartial)
    ]


def progress(outputs: Sequence[Output]) -> list[tuple[int, int, float | None, bool]]:
    """Return partition, `next_offset`, watermark and `idle` of the progress told among some outputs."""
    told = [parse_partial(each.value or b"") for each in to_the_merger(outputs)]
    return [
        (each.partition, each.next_offset, each.watermark, each.idle)
        for each in told
        if isinstance(each, PartitionProgress)
    ]


def to_the_merger(outputs: Sequence[Output]) -> list[Output]:
    return [each for each in outputs if each.topic == TOPICS.window_partials.name]


async def test_comment_is_counted_once_though_another_worker_gets_it_again() -> None:
    broker = Broker()
    await Worker(broker).count(outcome(0, 10.0), outcome(1, 20.0))
    successor = Worker(broker)
    await successor.count(outcome(0, 10.0), outcome(1, 20.0), outcome(2, 30.0))
    assert successor.counted() == {0: 3}


async def test_comment_is_counted_once_though_it_comes_again_in_the_same_assignment() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0), outcome(1, 20.0), outcome(1, 20.0))
    await worker.count(outcome(0, 10.0), outcome(1, 20.0))
    assert worker.counted() == {0: 2}


async def test_batch_without_its_checkpoint_is_counted_by_the_next_worker() -> None:
    broker = Broker()
    await Worker(broker).keeper.count([outcome(0, 10.0)], 1)
    successor = Worker(broker)
    await successor.count(outcome(0, 10.0))
    assert successor.counted() == {0: 1}


async def test_late_comment_is_told_of_with_how_late_it_is() -> None:
    broker = Broker()
    worker = Worker(broker)
    left_behind = await worker.count(outcome(0, 100.0), outcome(1, 69.5), outcome(2, 70.0))
    assert late(left_behind) == [("reddit_stream:0:1", "late", 0.5)]
    assert worker.keeper.late == 1


async def test_late_comment_goes_to_its_own_partition_under_its_id() -> None:
    told = await Worker(Broker()).count(outcome(0, 100.0, 1), outcome(1, 10.0, 1))
    (output,) = [each for each in told if each.topic == TOPICS.late.name]
    assert (output.partition, output.key, output.headers) == (1, b"c1", [(EVENT_ID, b"reddit_stream:1:1")])


async def test_late_comment_is_not_told_of_again_once_it_is_checkpointed() -> None:
    broker = Broker()
    batch = [outcome(0, 100.0), outcome(1, 10.0)]
    assert len(late(await Worker(broker).count(*batch))) == 1
    assert late(await Worker(broker).count(*batch)) == []


async def test_late_comment_is_told_of_again_to_the_letter_without_a_checkpoint() -> None:
    broker = Broker()
    batch = [outcome(0, 100.0), outcome(1, 10.0)]
    await Worker(broker).keeper.count(batch, 1)
    first = [each for each in broker.take() if each.topic == TOPICS.late.name]
    await Worker(broker).keeper.count(batch, 1)
    assert [each for each in broker.take() if each.topic == TOPICS.late.name] == first != []


@pytest.mark.parametrize(
    ("time", "kafka_time", "told"),
    [
        (3_800.0, 200.0, []),
        (3_800.5, 200.0, [("reddit_stream:0:0", "ahead", 3_600.5)]),
        (1e9, -1.0, []),
    ],
    ids=["as far as may be", "further", "record without a time"],
)
async def test_comment_ahead_of_its_time_is_told_of_and_not_counted(
    time: float, kafka_time: float, told: list[tuple[str, str, float]]
) -> None:
    worker = Worker(Broker())
    assert late(await worker.count(outcome(0, time, kafka_time=kafka_time))) == told
    assert sum(worker.counted().values()) == (not told)


async def test_dead_letters_and_what_is_brought_back_are_passed_and_not_counted() -> None:
    broker = Broker()
    worker = Worker(broker)
    left_behind = await worker.count(outcome(0, 100.0), dead_letter(1), brought_back(2, 10.0, 1))
    assert (worker.counted(), late(left_behind)) == ({60: 1}, [])
    successor = Worker(broker, window_update_s=1.0)
    told = await successor.count(outcome(0, 100.0), dead_letter(1), brought_back(2, 110.0, 1))
    assert progress(told) == [(0, 3, 70.0, False)]
    assert successor.counted() == {60: 1}


async def test_partitions_are_counted_apart() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(5, 10.0, 0), outcome(0, 300.0, 1), outcome(6, 20.0, 0), outcome(1, 310.0, 1))
    assert (worker.counted(0), worker.counted(1)) == ({0: 2}, {300: 2})


async def test_batch_of_an_older_assignment_has_no_checkpoint_and_leaves_nothing_behind() -> None:
    broker = Broker()
    worker = Worker(broker, window_update_s=1.0)
    await worker.count(outcome(0, 10.0), assignment=2)
    assert await worker.keeper.count([outcome(1, 500.0)], 1) == []
    assert await worker.look(0, assignment=1) == []
    assert (broker.take(), worker.counted()) == ([], {0: 1})


async def test_new_assignment_begins_at_the_checkpoints() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0))
    await worker.keeper.count([outcome(1, 20.0)], 1)  # whose checkpoint is never published
    await worker.count(outcome(1, 20.0), assignment=2)
    assert worker.counted() == {0: 2}


async def test_all_partitions_of_an_assignment_are_restored_at_once() -> None:
    broker = Broker()
    await Worker(broker).count(outcome(0, 10.0, partition=2))
    broker.asked.clear()
    worker = Worker(broker, assigned=[1, 2, 3])
    await worker.count(outcome(0, 20.0, partition=1))
    assert worker.counted(2) == {0: 1}
    await worker.count(outcome(1, 20.0, partition=2), outcome(0, 20.0, partition=3))
    await worker.look(1, 2, 3)
    assert broker.asked == [[1, 2, 3]]
    await worker.look(1, assignment=2)
    assert broker.asked[1:] == [[1, 2, 3]]


async def test_partition_that_was_not_assigned_when_others_were_restored_is_restored_too() -> None:
    broker = Broker()
    worker = Worker(broker, assigned=[0])
    await worker.count(outcome(0, 10.0), outcome(0, 20.0, partition=1))
    await worker.count(outcome(0, 10.0, partition=2))
    assert broker.asked == [[0, 1], [2]]


async def test_new_assignment_forgets_partitions_that_it_does_not_have() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0, 0), outcome(0, 10.0, 1))
    await worker.count(outcome(1, 20.0, 1), assignment=2)
    assert list(worker.keeper.standing()) == [1]


async def test_what_is_left_behind_is_published_before_the_checkpoint_is_handed_out() -> None:
    broker = Broker()
    worker = Worker(broker)
    await worker.count(outcome(0, 10.0))
    checkpoint = await worker.keeper.count([outcome(1, 100.0), outcome(2, 10.0)], 1)
    left_behind = broker.take()
    assert late(left_behind) == [("reddit_stream:0:2", "late", 60.0)]
    assert windows(left_behind) == [(0, 1, 3)]
    assert progress(left_behind) == [(0, 3, 70.0, False)]
    assert left_behind[-1].value == to_the_merger(left_behind)[-1].value
    assert isinstance(parse_partial(left_behind[-1].value or b""), PartitionProgress), "comes last"
    assert {(each.topic, each.partition) for each in checkpoint} == {(TOPICS.window_state.name, 0)}


async def test_batch_that_leaves_nothing_behind_has_its_checkpoint() -> None:
    broker = Broker()
    checkpoint = await Worker(broker).keeper.count([outcome(0, 10.0)], 1)
    assert broker.published == []
    assert len(checkpoint) == 1


async def test_closed_window_is_told_once() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0))
    assert windows(await worker.count(outcome(1, 90.0))) == [(0, 1, 2)]
    assert windows(await worker.count(outcome(2, 91.0))) == []


async def test_watermark_that_passes_the_end_of_an_empty_window_is_told_too() -> None:
    worker = Worker(Broker())
    told = await worker.count(outcome(0, 100.0))
    assert (windows(told), progress(told)) == ([], [(0, 1, 70.0, False)])
    assert await worker.count(outcome(1, 140.0)) == []
    told = await worker.count(outcome(2, 160.0))
    assert (windows(told), progress(told)) == ([(60, 1, 3)], [(0, 3, 130.0, False)])


async def test_checkpoints_that_a_snapshot_replaces_are_deleted_with_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window_state, "JOURNAL_BYTES", 100)
    worker = Worker(Broker())
    written: list[bytes] = []
    history = b""
    for offset in range(200):
        checkpoint = await worker.keeper.count([outcome(offset, 10.0)], 1)
        (record, *deletions) = checkpoint
        assert record.key is not None
        newest = record.key.split(b"/")[0]
        if history not in (b"", newest):
            assert deletions == [], "the snapshot is not on the broker yet"
            break
        assert deletions == []
        history = newest
        written.append(record.key)
    else:
        pytest.fail("no second snapshot")
    (_, *deletions) = await worker.keeper.count([outcome(len(written) + 1, 10.0)], 1)
    assert [(each.key, each.value, each.partition) for each in deletions] == [
        (key, None, 0) for key in written
    ]
    (_, *deletions) = await worker.keeper.count([outcome(len(written) + 2, 10.0)], 1)
    assert deletions == []


async def test_checkpoints_of_the_predecessor_are_deleted_with_the_second_one() -> None:
    broker = Broker()
    await Worker(broker).count(outcome(0, 10.0))
    (old,) = broker.state[STATE_OF_0]
    successor = Worker(broker)
    first = await successor.keeper.count([outcome(1, 20.0)], 1)
    second = await successor.keeper.count([outcome(2, 30.0)], 1)
    assert [each.key for each in first if each.value is None] == []
    assert [each.key for each in second if each.value is None] == [old]


async def test_silent_partition_is_told_to_be_idle_once_and_told_of_again_when_it_speaks() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0))
    worker.clock.now_s += 59.9
    assert await worker.look(0) == []
    worker.clock.now_s += 0.1
    told = await worker.look(0)
    assert (windows(told), progress(told)) == ([(0, 1, 1)], [(0, 1, -20.0, True)])
    worker.clock.now_s += 1_000.0
    assert await worker.look(0) == []
    told = await worker.count(outcome(1, 20.0))
    assert (windows(told), progress(told)) == ([], [(0, 2, -10.0, False)])
    assert await worker.count(outcome(2, 30.0)) == []
    worker.clock.now_s += 60.0
    told = await worker.look(0)
    assert (windows(told), progress(told)) == ([(0, 3, 3)], [(0, 3, 0.0, True)])


async def test_partition_without_any_comment_is_told_to_be_idle() -> None:
    worker = Worker(Broker())
    assert await worker.look(1) == []
    worker.clock.now_s += 60.0
    assert progress(await worker.look(1)) == [(1, 0, None, True)]


async def test_partition_that_is_not_read_to_its_end_is_not_told_to_be_idle() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0))
    worker.clock.now_s += 1_000.0
    assert await worker.look() == []


async def test_partition_is_not_idle_soon_after_it_was_taken_over() -> None:
    broker = Broker()
    await Worker(broker).count(outcome(0, 10.0))
    successor = Worker(broker)
    successor.clock.now_s += 1_000_000.0
    assert await successor.look(0) == []


async def test_idleness_is_told_again_after_an_assignment() -> None:
    worker = Worker(Broker())
    for assignment in (1, 2):
        assert await worker.look(0, assignment=assignment) == []
        worker.clock.now_s += 60.0
        assert len(progress(await worker.look(0, assignment=assignment))) == 1


async def test_changes_are_told_at_most_so_often() -> None:
    worker = Worker(Broker(), window_update_s=5.0)
    told = []
    for offset, (now_s, time) in enumerate(
        [(0.0, 10.0), (4.9, 20.0), (5.0, 30.0), (9.9, 40.0), (10.0, 70.0)]
    ):
        worker.clock.now_s = 1_000.0 + now_s
        told.append(windows(await worker.count(outcome(offset, time))))
    assert told == [[(0, 1, 1)], [], [(0, 3, 3)], [], [(0, 4, 5), (60, 1, 5)]]


async def test_changes_are_told_also_where_no_comments_come_and_then_no_more() -> None:
    worker = Worker(Broker(), window_update_s=5.0)
    await worker.count(outcome(0, 10.0))
    await worker.count(outcome(1, 20.0))
    worker.clock.now_s += 4.9
    assert await worker.look(0) == []
    worker.clock.now_s += 0.1
    told = await worker.look(0)
    assert (windows(told), progress(told)) == ([(0, 2, 2)], [(0, 2, -10.0, False)])
    worker.clock.now_s += 20.0
    assert await worker.look(0) == []


async def test_restored_windows_are_told_by_the_one_who_takes_them_over() -> None:
    broker = Broker()
    await Worker(broker, window_update_s=5.0).count(outcome(0, 10.0))
    assert windows(await Worker(broker, window_update_s=5.0).look(0)) == [(0, 1, 1)]


async def test_without_updates_nothing_is_told_before_a_window_closes() -> None:
    worker = Worker(Broker())
    for offset in range(5):
        worker.clock.now_s += 50.0
        assert await worker.count(outcome(offset, 10.0 * offset)) == []
        assert await worker.look(0) == []
    assert windows(await worker.count(outcome(5, 100.0))) == [(0, 5, 6)]


@pytest.mark.parametrize("by_look", [False, True], ids=["with a batch", "without one"])
async def test_windows_of_another_size_are_told_once_as_they_are(by_look: bool) -> None:
    broker = Broker()
    await Worker(broker).count(outcome(0, 10.0), outcome(1, 40.0))
    successor = Worker(broker, window_size_s=10)
    if by_look:
        await successor.look(0)
        successor.clock.now_s += 60.0
        told = await successor.look(0)
    else:
        told = await successor.count(outcome(2, 41.0))
    assert (0, 2) in {(start, count) for start, count, _ in windows(told)}
    told = await successor.count(outcome(3, 42.0))
    assert (0, 2) not in {(start, count) for start, count, _ in windows(told)}
    assert successor.counted() == {40: 1 + (not by_look)}


async def test_state_beyond_the_end_of_the_comments_begins_anew_with_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = Broker()
    await Worker(broker).count(*(outcome(offset, 10.0) for offset in range(5)))
    (old,) = broker.state[STATE_OF_0]
    broker.end = 4
    successor = Worker(broker)
    with caplog.at_level(logging.ERROR, "streams.window_keeper"):
        await successor.count(outcome(0, 20.0))
    (error,) = caplog.records
    assert "partition 0 are kept up to offset 5, and reddit_stream ends at 4" in error.getMessage()
    assert successor.counted() == {0: 1}
    await successor.count(outcome(1, 20.0))
    assert old not in broker.state[STATE_OF_0]


async def test_state_up_to_the_end_of_the_comments_is_taken_over_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = Broker(end=1)
    await Worker(broker).count(outcome(0, 10.0))
    successor = Worker(broker)
    with caplog.at_level(logging.WARNING):
        await successor.look(0)
    assert caplog.records == []
    assert successor.counted() == {0: 1}


async def test_publish_error_passes_through_and_no_checkpoint_is_handed_out() -> None:
    worker = Worker(Broker(), refuse)
    with pytest.raises(PublishError):
        await worker.keeper.count([outcome(0, 100.0), outcome(1, 10.0)], 1)
    worker.clock.now_s += 60.0
    with pytest.raises(PublishError):
        await worker.keeper.look([0], 1)


async def test_state_error_passes_through() -> None:
    with pytest.raises(StateError):
        await Worker(UnreadableBroker()).keeper.count([outcome(0, 10.0)], 1)
    with pytest.raises(StateError):
        await Worker(UnreadableBroker()).keeper.look([0], 1)


async def test_look_during_a_count_waits_for_its_end() -> None:
    broker = Broker()
    going_on = asyncio.Event()

    async def publish_slowly(outputs: Sequence[Output]) -> None:
        await going_on.wait()
        await broker.publish(outputs)

    worker = Worker(broker, publish_slowly, window_update_s=5.0)
    counting = asyncio.create_task(worker.keeper.count([outcome(0, 10.0)], 1))
    await asyncio.sleep(0)
    looking = asyncio.create_task(worker.keeper.look([1], 1))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not looking.done()
    going_on.set()
    await asyncio.gather(counting, looking)
    assert [each[0] for each in progress(broker.take())] == [0]


@pytest.mark.parametrize("character", ["\U0001f600", "\x00"], ids=["wide", "escaped"])
def test_largest_window_is_told_in_records_that_fit_into_kafka(character: str) -> None:
    names = [f"{number:05}".ljust(LONGEST_NAME, character) for number in range(MOST_SUBREDDITS)]
    tally = Tally(10**12, 10**12, 10**12 * BILLION, 10**12, [10**12] * BINS)
    told = partials(0, "writer", Window(0, 60, dict.fromkeys(names, tally)), 10**18)
    assert len({each.key for each in told}) == len(told) == 20
    assert [row.subreddit for each in told for row in each.rows] == names
    assert max(len(encode(each)) for each in told) < KAFKA_LIMIT


def checkpoint_at(next_offset: int, *observed: Observation) -> tuple[bytes, bytes]:
    """Return key and value of the checkpoint of some comments."""
    counted = PartitionWindows(StreamSettings().windows)
    for each in observed:
        counted.observe(each)
    (record,) = History(lambda: f"until{next_offset}").checkpoint(counted, next_offset, [])
    return record.key, encode_state(record)


async def test_further_of_two_checkpoints_is_taken_over() -> None:
    broker = Broker()
    seen = Observation.of(10.0, "a", 0.5, alert=False)
    broker.state[Partition(TOPICS.window_state.name, 0)] = dict(
        [checkpoint_at(2, seen, seen), checkpoint_at(1, seen)]
    )
    worker = Worker(broker)
    await worker.count(outcome(1, 10.0))
    assert worker.counted() == {0: 2}


async def test_own_state_is_kept_while_that_of_an_earlier_topic_is_not_yet_deleted() -> None:
    broker = Broker()
    await Worker(broker).count(*(outcome(offset, 10.0) for offset in range(50)))
    broker.end = 10  # the topic was made anew
    await Worker(broker).count(outcome(0, 10.0), outcome(1, 10.0))  # committed up to 2, then the worker dies
    third = Worker(broker)
    await third.count(outcome(2, 10.0))
    assert third.counted() == {0: 3}


async def test_alerts_are_counted_by_the_threshold_that_each_batch_came_with() -> None:
    worker = Worker(Broker())
    await worker.count(outcome(0, 10.0, threshold=0.69), outcome(1, 11.0, threshold=0.7))
    (window,) = worker.keeper.standing()[0].open()
    assert sum(tally.alerts for tally in window.rows.values()) == 1
