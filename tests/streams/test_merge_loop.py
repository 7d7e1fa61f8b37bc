"""The merger across restarts: it goes on where it stopped, and what is deleted is not published again."""

import asyncio
import copy
import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.merge_loop import PAUSE_EVERY, MergeLoop, _with_pauses
from streams.offsets import Partition
from streams.records import Output, SourceRecord, encode
from streams.topics import Topics
from streams.window_records import Partial, PartitionProgress, partials
from streams.windows import Observation, PartitionWindows, WindowSpec
from tests.streams.examples import make_partial, make_progress

TOPICS = Topics.named()


async def test_others_have_the_loop_while_much_is_gone_through() -> None:
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(len(turns))
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    seen = [each async for each in _with_pauses(range(10 * PAUSE_EVERY))]
    task.cancel()
    assert seen == list(range(10 * PAUSE_EVERY))
    assert len(turns) >= 10


class Topic:
    """The topic of partial windows, as the broker has it."""

    def __init__(self, *told: Partial | None) -> None:
        """Begin with some records; None stands for one that compaction has removed."""
        self.records_there: list[SourceRecord | None] = []
        for each in told:
            if each is None:
                self.records_there.append(None)
            else:
                self.put(each.key, encode(each))

    def put(self, key: bytes | None, value: bytes | None) -> SourceRecord:
        record = SourceRecord(TOPICS.window_partials.name, 0, len(self.records_there), key, value, 0.0)
        self.records_there.append(record)
        return record

    def tell(self, told: Partial) -> SourceRecord:
        return self.put(told.key, encode(told))

    def of(self, first: int, last: int | None = None) -> list[SourceRecord]:
        return [each for each in self.records_there[first:last] if each is not None]

    async def records(self, where: Partition) -> list[Any]:
        assert where == Partition(TOPICS.window_partials.name, 0)
        return self.of(0)


def loop_on(topic: Topic, *, provisional: bool = True) -> MergeLoop:
    return MergeLoop(TOPICS, topic, provisional=provisional)  # type: ignore[arg-type]


def deleted(outputs: Sequence[Output]) -> list[bytes | None]:
    return [each.key for each in outputs if each.topic == TOPICS.window_partials.name and each.value is None]


def rows(outputs: Sequence[Output]) -> list[tuple[str, int, bool]]:
    """Return subreddit, count and `final` of the statistics among some outputs."""
    told = [msgspec.json.decode(each.value or b"") for each in statistics(outputs)]
    return [(each["subreddit"], each["count"], each["final"]) for each in told]


def statistics(outputs: Sequence[Output]) -> list[Output]:
    return [each for each in outputs if each.topic == TOPICS.window_stats.name]


class Teller:
    """Tells of one partition's comments, now and then with a successor that begins further back."""

    def __init__(self, partition: int, times: list[int]) -> None:
        self.partition = partition
        self.times = times
        self.writer = 0
        self.read = 0
        self.windows = PartitionWindows(WindowSpec(60, 60, 30.0))
        self.checkpoint = self.read, copy.deepcopy(self.windows)

    def work(self, comments: int) -> list[Partial]:
        for time in self.times[self.read :][:comments]:
            self.windows.observe(Observation.of(float(time), "ab"[time % 2], 0.5, alert=False))
            self.read += 1
        told = [*self.windows.close(), *self.windows.take_changed()]
        found = [
            part for each in told for part in partials(self.partition, f"w{self.writer}", each, self.read)
        ]
        progress = PartitionProgress(
            partition=self.partition,
            writer=f"w{self.writer}",
            partitions=2,
            next_offset=self.read,
            watermark=self.windows.watermark_s,
            idle=self.read == len(self.times),
        )
        return [*found, progress]

    def write(self) -> list[Partial]:
        self.checkpoint = self.read, copy.deepcopy(self.windows)
        return []

    def die(self) -> list[Partial]:
        self.writer += 1
        self.read, self.windows = self.checkpoint[0], copy.deepcopy(self.checkpoint[1])
        return []


steps = st.lists(
    st.tuples(
        st.integers(0, 1), st.sampled_from(["work", "work", "work", "write", "die"]), st.integers(0, 6)
    ),
    max_size=30,
)


def history(times: list[list[int]], steps: list[tuple[int, str, int]]) -> Topic:
    """Return what two partitions tell while workers come and go."""
    topic = Topic()
    tellers = [Teller(partition, each) for partition, each in enumerate(times)]
    last = [(number, "work", len(each)) for number, each in enumerate(times)]
    for number, what, comments in [*steps, *last]:
        teller = tellers[number]
        does: dict[str, Callable[[], list[Partial]]] = {
            "work": lambda teller=teller, comments=comments: teller.work(comments),  # type: ignore[misc]
            "write": teller.write,
            "die": teller.die,
        }
        for each in does[what]():
            topic.tell(each)
    return topic


async def merged(topic: Topic, size: int, cut: int, *, committed: bool, provisional: bool) -> list[Output]:
    """Return what is published by a loop that is followed by another one at some batch.

    Args:
        topic: What is told; what is deleted comes after it.
        size: Records of a batch.
        cut: The batch that is the first one's last.
        committed: Whether the first loop acknowledges that one.
        provisional: Whether open windows are published.
    """
    end = len(topic.records_there)
    published: list[Output] = []
    loop = loop_on(topic, provisional=provisional)
    starts = list(range(0, end, size))
    assignment = 1
    order = [*starts[: cut + 1], *starts[cut + committed :]]
    for place, start in enumerate(order):
        if place == cut + 1:
            loop = loop_on(topic, provisional=provisional)
            assignment = 2
        outputs = await loop.handle(topic.of(start, min(start + size, end)), assignment)
        for each in outputs:
            if each.topic == TOPICS.window_partials.name:
                topic.put(each.key, each.value)
        published += statistics(outputs)
    return published


@given(
    st.lists(st.lists(st.integers(0, 300), max_size=20), min_size=2, max_size=2),
    steps,
    st.integers(1, 9),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_loop_that_is_made_anew_goes_on_as_one_that_never_stopped(
    times: list[list[int]],
    steps: list[tuple[int, str, int]],
    size: int,
    committed: bool,
    provisional: bool,
    data: st.DataObject,
) -> None:
    topic = history(times, steps)
    batches = -(-len(topic.records_there) // size)
    cut = data.draw(st.integers(0, batches - 1))

    def published(at: int, *, committed: bool) -> list[Output]:
        run = merged(copy.deepcopy(topic), size, at, committed=committed, provisional=provisional)
        return asyncio.run(run)

    whole = published(batches, committed=True)
    interrupted = published(cut, committed=committed)
    if committed:
        assert interrupted == whole
    else:
        assert list(dict.fromkeys(map(encode, interrupted))) == list(map(encode, whole))


async def test_loop_that_begins_in_the_middle_publishes_nothing_of_what_comes_before() -> None:
    topic = Topic(make_partial({"a": 2}), make_progress(), make_progress(partition=1))
    (record,) = topic.of(2)
    assert rows(await loop_on(topic).handle([record], 1)) == []
    topic.tell(make_partial({"a": 3}, next_offset=2))
    topic.tell(make_progress(next_offset=2))
    assert rows(await loop_on(topic).handle(topic.of(3), 1)) == [("*", 3, False), ("a", 3, False)]


async def test_every_assignment_makes_the_merger_anew() -> None:
    topic = Topic(make_partial({"a": 2}), make_progress())
    loop = loop_on(topic)
    first = await loop.handle(topic.of(0), 1)
    assert await loop.handle(topic.of(0), 2) == first
    assert rows(await loop.handle(topic.of(1), 2)) == []


async def test_partials_are_deleted_a_batch_after_the_statistics_made_of_them() -> None:
    topic = Topic(
        make_partial({"a": 2}), make_progress(watermark=60.0), make_progress(partition=1, watermark=60.0)
    )
    loop = loop_on(topic, provisional=False)
    first = await loop.handle(topic.of(0), 1)
    assert rows(first) == [("*", 2, True), ("a", 2, True)]
    assert deleted(first) == []
    topic.tell(make_progress(next_offset=2, watermark=60.0))
    topic.tell(make_progress(next_offset=3, watermark=60.0))
    second = await loop.handle(topic.of(3, 4), 1)
    assert deleted(second) == [b"0/w/0/60/0"]
    assert rows(second) == []
    assert await loop.handle(topic.of(4), 1) == []


async def test_partials_that_were_not_yet_deleted_are_so_after_a_restart() -> None:
    topic = Topic(
        make_partial({"a": 2}), make_progress(watermark=60.0), make_progress(partition=1, watermark=60.0)
    )
    await loop_on(topic).handle(topic.of(0), 1)
    topic.tell(make_progress(next_offset=2, watermark=60.0))
    assert deleted(await loop_on(topic).handle(topic.of(3), 1)) == [b"0/w/0/60/0"]


@pytest.mark.parametrize("before", [True, False], ids=["before where it begins", "after where it begins"])
async def test_window_that_lost_a_partial_is_not_published_again_after_a_restart(before: bool) -> None:
    topic = Topic(make_partial({"a": 3}, partition=1), None)  # what partition 0 told is deleted and gone
    if before:
        topic.put(make_partial().key, None)
    begin = len(topic.records_there)
    topic.tell(make_progress(next_offset=5, watermark=60.0))
    topic.tell(make_progress(partition=1, next_offset=5, watermark=60.0))
    if not before:
        topic.put(make_partial().key, None)
    outputs = await loop_on(topic).handle(topic.of(begin), 1)
    assert rows(outputs) == []
    assert deleted(outputs) == [b"1/w/0/60/0"]


async def test_deleted_progress_takes_no_window_with_it() -> None:
    topic = Topic(make_partial({"a": 3}))
    topic.put(make_progress(writer="old").key, None)
    topic.tell(make_progress())
    assert rows(await loop_on(topic).handle(topic.of(2), 1)) == [("*", 3, False), ("a", 3, False)]


@pytest.mark.parametrize(
    "value",
    [b"", b"hello", b"{}", b'{"type": "alert"}', b"\xff", b"[" * 100_000],
    ids=["empty", "text", "no field", "other record", "bytes", "nothing but beginnings"],
)
async def test_unreadable_record_is_passed_over_with_a_warning(
    value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    topic = Topic(make_partial({"a": 2}))
    topic.put(b"?", value)
    topic.tell(make_progress())
    with caplog.at_level(logging.WARNING, "streams.merge_loop"):
        assert rows(await loop_on(topic).handle(topic.of(0), 1)) == [("*", 2, False), ("a", 2, False)]
    (warning,) = caplog.records
    assert warning.getMessage().startswith("offset 1 passed over: not a partial window")


async def test_unreadable_record_before_the_beginning_is_passed_over() -> None:
    topic = Topic(make_partial({"a": 2}))
    topic.put(b"?", b"hello")
    topic.tell(make_progress())
    assert rows(await loop_on(topic).handle(topic.of(2), 1)) == [("*", 2, False), ("a", 2, False)]


async def test_deletions_are_of_no_consequence() -> None:
    topic = Topic(make_partial({"a": 2}), make_progress())
    loop = loop_on(topic)
    await loop.handle(topic.of(0), 1)
    topic.put(b"0/w/300/360/0", None)
    topic.put(None, None)
    assert await loop.handle(topic.of(2), 1) == []


async def test_statistics_have_their_key_and_no_partition_and_deletions_are_in_the_only_one() -> None:
    topic = Topic(
        make_partial({"a": 2}), make_progress(watermark=60.0), make_progress(partition=1, watermark=60.0)
    )
    loop = loop_on(topic)
    stats = await loop.handle(topic.of(0), 1)
    assert {(each.partition, each.key) for each in stats} == {(None, b"0/60/*"), (None, b"0/60/a")}
    topic.tell(make_progress(next_offset=2, watermark=60.0))
    assert {each.partition for each in await loop.handle(topic.of(3), 1)} == {0}


async def test_window_that_was_published_for_good_is_not_published_again_from_what_comes_later() -> None:
    over = make_progress(watermark=60.0), make_progress(partition=1, watermark=60.0)
    topic = Topic(make_partial({"a": 2}), make_partial({"a": 3}, partition=1), *over)
    loop = loop_on(topic)
    assert ("*", 5, True) in rows(await loop.handle(topic.of(0), 1))
    topic.tell(make_progress(next_offset=5, watermark=70.0))
    for each in await loop.handle(topic.of(4), 1):
        topic.put(each.key, each.value)
    begin = len(topic.records_there)
    topic.tell(make_partial({"a": 1}, writer="ghost"))
    topic.tell(make_progress(next_offset=6, watermark=90.0))
    topic.tell(make_progress(partition=1, next_offset=6, watermark=90.0))
    # Compaction has left the newest value of each key, and no deletions.
    newest = {each.key: each.offset for each in topic.of(0)}
    topic.records_there = [
        each if each is not None and each.value is not None and newest[each.key] == each.offset else None
        for each in topic.records_there
    ]
    assert rows(await loop_on(topic).handle(topic.of(begin), 1)) == []
