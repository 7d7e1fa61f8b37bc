"""Counted exactly once: whatever is cut, repeated, killed or compacted, the last statistics equal a recount.

The keeper and the merger run as in the worker; Kafka is a table of logs, and Hypothesis draws what dies.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import window_records, window_state
from streams.merge_loop import MergeLoop
from streams.moderation import Outcome
from streams.offsets import Partition
from streams.partition_log import Extent
from streams.records import Output, SourceRecord
from streams.settings import StreamSettings
from streams.topics import Topics
from streams.window_keeper import WindowKeeper
from tests.streams.examples import make_prediction

TOPICS = Topics.named()
AHEAD = 5_000
THRESHOLD = 0.5
FOR_EVER_S = 1e6


class KilledError(Exception):
    """The worker died here."""


class Sent(NamedTuple):
    """A comment as the test sends it."""

    time: int
    subreddit: str | None
    probability: float
    dead: bool


@dataclass
class Kafka:
    """Logs of key and value; None stands for a record that compaction has removed."""

    logs: dict[Partition, list[tuple[bytes | None, bytes | None] | None]] = field(
        default_factory=lambda: defaultdict(list)
    )
    ends: dict[int, int] = field(default_factory=dict)
    records_left: float = float("inf")
    """How many are still taken before the worker dies."""
    last_batch: list[Output] = field(default_factory=list)
    """Everything that was published for the batch in hand, dead or alive."""

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.last_batch += outputs
        for output in outputs:
            if self.records_left <= 0:
                raise KilledError
            self.records_left -= 1
            self.logs[Partition(output.topic, output.partition or 0)].append((output.key, output.value))

    async def newest(self, wheres: Collection[Partition]) -> dict[Partition, dict[bytes, bytes]]:
        return {where: self._newest(where) for where in wheres}

    def _newest(self, where: Partition) -> dict[bytes, bytes]:
        newest = {record[0]: record[1] for record in self.logs[where] if record}
        return {key: value for key, value in newest.items() if key is not None and value is not None}

    async def extents(self, wheres: Collection[Partition]) -> dict[Partition, Extent]:
        return {where: Extent(self.ends[where.partition], len(self.ends)) for where in wheres}

    async def records(self, where: Partition) -> list[Any]:
        return [record for record in self.source_records(where) if record is not None]

    def source_records(self, where: Partition, start: int = 0) -> list[SourceRecord]:
        return [
            SourceRecord(where.topic, where.partition, offset, *record, 0.0)
            for offset, record in enumerate(self.logs[where][start:], start)
            if record is not None
        ]

    def compact(self, where: Partition) -> None:
        last = {record[0]: place for place, record in enumerate(self.logs[where]) if record}
        for place, record in enumerate(self.logs[where]):
            if record is not None and last[record[0]] != place:
                self.logs[where][place] = None


class Pipeline:
    """One worker after another on the same partitions."""

    def __init__(self, comments: list[list[Sent]], windows: StreamSettings) -> None:
        self.comments = comments
        self.settings = windows
        self.kafka = Kafka(ends={number: len(each) for number, each in enumerate(comments)})
        self.committed = [0] * len(comments)
        self.merged_until = 0
        self.assignment = 0
        self.now_s = 0.0
        self.ghost: list[Output] = []
        self.begin()

    def begin(self) -> None:
        """Let the next worker begin; what the last one had in hand may still come."""
        self.ghost, self.kafka.last_batch = self.kafka.last_batch, []
        self.assignment += 1
        self.keeper = WindowKeeper(
            self.settings, TOPICS, self.kafka, self.kafka.publish, self.kafka.ends.keys, lambda: self.now_s
        )
        self.read = list(self.committed)
        self.kafka.records_left = float("inf")
        self.merging = MergeLoop(TOPICS, self.kafka, provisional=self.settings.window_update_s > 0)  # type: ignore[arg-type]

    def outcome(self, partition: int, offset: int) -> Outcome:
        sent = self.comments[partition][offset]
        record = SourceRecord("reddit_stream", partition, offset, b"", b"", 1_000.0)
        prediction = make_prediction(
            id=f"{partition}-{offset}",
            created_utc=float(sent.time),
            subreddit=sent.subreddit,
            probability=sent.probability,
            event_id=record.event_id,
        )
        return Outcome(record, [], None, None) if sent.dead else Outcome(record, [], prediction, THRESHOLD)

    async def work(self, sizes: list[int]) -> None:
        """Take a batch with so many comments of each partition through the pipeline."""
        self.kafka.last_batch = []
        batch = [
            self.outcome(partition, offset)
            for partition, size in enumerate(sizes)
            for offset in range(self.read[partition], len(self.comments[partition]))[:size]
        ]
        checkpoint = await self.keeper.count(batch, self.assignment)
        if not batch:
            return
        await self.kafka.publish(checkpoint)
        for outcome in batch:
            self.read[outcome.record.partition] = outcome.record.offset + 1
        self.committed = list(self.read)

    async def look(self) -> None:
        done = [number for number, each in enumerate(self.comments) if self.read[number] == len(each)]
        await self.keeper.look(done, self.assignment)

    async def merge(self, most: int) -> None:
        where = Partition(TOPICS.window_partials.name, 0)
        records = self.kafka.source_records(where, self.merged_until)[:most]
        if records:
            await self.kafka.publish(await self.merging.handle(records, self.assignment))
            self.merged_until = records[-1].offset + 1

    async def finish(self) -> None:
        while self.read != [len(each) for each in self.comments]:
            await self.work([3] * len(self.comments))
        await self.look()  # a partition counts as idle some time after it was taken over, not before
        self.now_s += FOR_EVER_S
        await self.look()
        for _ in range(2):  # what was of no use is deleted a batch later
            await self.merge(10_000)

    def last_statistics(self) -> dict[tuple[int, str], dict[str, Any]]:
        log = self.kafka.logs[Partition(TOPICS.window_stats.name, 0)]
        rows = [msgspec.json.decode(record[1] or b"") for record in log if record]
        revisions: dict[tuple[int, str], int] = {}
        last = {}
        for row in rows:
            where = row["window_start"], row["subreddit"]
            if row["revision"] >= revisions.get(where, 0):
                revisions[where] = row["revision"]
                last[where] = row
        return last

    def late(self) -> set[str]:
        return {
            msgspec.json.decode(record[1] or b"")["event_id"]
            for where, log in self.kafka.logs.items()
            if where.topic == TOPICS.late.name
            for record in log
            if record
        }


@dataclass
class Counted:
    """What a window has of one subreddit."""

    probabilities: list[float] = field(default_factory=list)
    alerts: int = 0
    late: int = 0

    def row(self) -> dict[str, Any]:
        bins = [min(int(probability * 20), 19) for probability in self.probabilities]
        whole = sum(round(probability * 10**9) for probability in self.probabilities)
        return {
            "count": len(bins),
            "alerts": self.alerts,
            "late": self.late,
            "mean_probability": whole / 10**9 / len(bins) if bins else None,
            "probability_histogram": [bins.count(place) for place in range(20)],
        }


def recount(
    comments: list[list[Sent]], size: int, step: int, lateness: float
) -> dict[tuple[int, str], dict[str, Any]]:
    """Count by definition, for each window and subreddit."""
    counts: dict[tuple[int, str], Counted] = defaultdict(Counted)
    for partition in comments:
        newest = None
        for time, subreddit, probability, dead in partition:
            if dead or time >= AHEAD:
                continue
            is_late = newest is not None and time < newest - lateness
            newest = max(time, newest) if newest is not None else time
            where = newest if is_late else time
            for start in range(-size, 2_000, step):
                for name in {"*", subreddit or "*"} if start <= where < start + size else ():
                    each = counts[start, name]
                    each.late += is_late
                    each.alerts += not is_late and probability > THRESHOLD
                    each.probabilities += [] if is_late else [probability]
    return {where: each.row() for where, each in counts.items()}


def figures_of(rows: dict[tuple[int, str], dict[str, Any]]) -> dict[tuple[int, str], dict[str, Any]]:
    """Return what a recount gives of each row."""
    return {where: {name: row[name] for name in Counted().row()} for where, row in rows.items()}


comments = st.lists(
    st.builds(
        Sent,
        time=st.one_of(st.integers(0, 300), st.integers(0, 300), st.just(AHEAD)),
        subreddit=st.sampled_from(["a", "b", None]),
        probability=st.sampled_from([0.1, 0.3333333333, 0.9]),
        dead=st.sampled_from([False, False, False, False, True]),
    ),
    max_size=25,
)


@pytest.fixture(autouse=True)
def snapshots_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals of some batches, snapshots of several pieces."""
    monkeypatch.setattr(window_state, "JOURNAL_BYTES", 60)
    monkeypatch.setattr(window_state, "CHUNK_BYTES", 80)
    monkeypatch.setattr(window_records, "ROWS_OF_A_PARTIAL", 1)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(comments, min_size=1, max_size=3),
    st.sampled_from([(60, 0), (60, 20), (10, 0)]),
    st.sampled_from([0, 30, 100]),
    st.sampled_from([0.0, 1.0]),
    st.data(),
)
def test_last_statistics_equal_a_recount(
    comments: list[list[Sent]], cut: tuple[int, int], lateness_s: int, update_s: float, data: st.DataObject
) -> None:
    windows = StreamSettings(
        window_size_s=cut[0],
        window_step_s=cut[1],
        allowed_lateness_s=lateness_s,
        window_update_s=update_s,
        idle_after_s=10.0,
        max_ahead_s=1_000.0,
    )
    pipeline = Pipeline(comments, windows)

    async def run() -> None:
        for _ in range(data.draw(st.integers(0, 40))):
            await step(pipeline, data)
        await pipeline.finish()

    asyncio.run(run())

    expected = recount(comments, windows.windows.size_s, windows.windows.step_s, lateness_s)
    found = pipeline.last_statistics()
    assert all(row["final"] for row in found.values())
    assert figures_of(found) == expected
    sent = [each for partition in comments for each in partition]
    overlap = windows.windows.size_s // windows.windows.step_s
    counted = sum(row["count"] for (_, name), row in found.items() if name == "*") // overlap
    assert counted + len(pipeline.late()) + sum(each.dead for each in sent) == len(sent)


async def step(pipeline: Pipeline, data: st.DataObject) -> None:
    """Let something happen; a worker that dies is followed by another."""
    what = data.draw(
        st.sampled_from(
            ["work", "work", "work", "killed", "look", "wait", "merge", "merge killed", "ghost", "compact"]
        )
    )
    if "killed" in what:
        pipeline.kafka.records_left = data.draw(st.integers(0, 8))
    try:
        match what:
            case "work" | "killed":
                await pipeline.work([data.draw(st.integers(0, 6)) for _ in pipeline.comments])
            case "look":
                await pipeline.look()
            case "wait":
                pipeline.now_s += 20.0
            case "merge" | "merge killed":
                await pipeline.merge(data.draw(st.integers(1, 12)))
            case "ghost":  # a worker that stood still ends its last publishing
                await pipeline.kafka.publish(pipeline.ghost)
            case "compact":
                for where in list(pipeline.kafka.logs):
                    if where.topic in {TOPICS.window_state.name, TOPICS.window_partials.name}:
                        pipeline.kafka.compact(where)
    except KilledError:
        pipeline.begin()
    else:
        if what == "killed":
            pipeline.begin()
        pipeline.kafka.records_left = float("inf")


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_result_does_not_depend_on_how_comments_are_cut(size: int) -> None:
    sent = [[Sent(n * 7 % 400, "a" if n % 3 else None, n % 10 / 10, False) for n in range(200)] for _ in "12"]
    pipeline = Pipeline(sent, StreamSettings(window_update_s=0.0, idle_after_s=10.0))
    while pipeline.read != [200, 200]:
        await pipeline.work([size, size])
    await pipeline.finish()
    rows = pipeline.last_statistics()
    assert figures_of(rows) == recount(sent, 60, 60, 60)
