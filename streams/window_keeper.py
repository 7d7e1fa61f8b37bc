"""Keeps the windows of the partitions that this worker has: counts, tells the merger, and checkpoints.

For each batch, in the order of the offsets:

1. what the batch leaves behind (late comments, windows that have closed, progress) is put on its topics;
2. the checkpoint that says so is published with the batch's own outputs;
3. then the batch may be acknowledged.

A crash before 2. repeats 1. to the letter, since the same comments lead to the same windows; after 2. the
comments are below the checkpoint's `next_offset`: published again, not counted again.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.moderation import Outcome
from streams.offsets import Partition
from streams.partition_log import Extent
from streams.records import Output, encode
from streams.settings import StreamSettings
from streams.topics import Topics
from streams.window_records import LateComment, Partial, PartitionProgress, observation_of, partials
from streams.window_state import History, Restored, encode_state, restored
from streams.windows import Observation, PartitionWindows, Window

logger = logging.getLogger(__name__)

type Publish = Callable[[Sequence[Output]], Awaitable[None]]


class Logs(Protocol):
    """Reads partitions of Kafka topics."""

    async def newest(self, wheres: Collection[Partition]) -> Mapping[Partition, Mapping[bytes, bytes]]:
        """Return, for each partition, the newest value of each key, without those that were deleted."""

    async def extents(self, wheres: Collection[Partition]) -> Mapping[Partition, Extent]:
        """Return how far each partition goes, and how many its topic has."""


@dataclass
class Kept:
    """One partition's windows, and what was told of them."""

    state: Restored
    history: History
    writer: str
    """A name that nobody else tells the merger under."""
    partitions: int
    """How many the comments have."""
    counted_s: float
    """When something was counted last, on a clock that only goes forward."""
    told_s: float = 0.0
    """When open windows were told last."""
    idle: bool = False
    """Whether the merger was told not to wait."""


class WindowKeeper:
    """The windows of this worker's partitions."""

    def __init__(
        self,
        settings: StreamSettings,
        topics: Topics,
        logs: Logs,
        publish: Publish,
        assigned: Callable[[], Collection[int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep windows.

        Args:
            settings: How windows are cut, and how often they are told.
            topics: The pipeline's topics.
            logs: Where checkpoints are read from.
            publish: Puts records on their topics, and returns when the broker has them.
            assigned: The partitions of comments that this worker has; all are restored when the first of
                them is needed, which costs hardly more than restoring one.
            clock: Seconds on a clock that only goes forward.
        """
        self._settings = settings
        self._topics = topics
        self._logs = logs
        self._publish = publish
        self._clock = clock
        self._assigned = assigned
        self._kept: dict[int, Kept] = {}
        self._assignment = 0
        self._lock = asyncio.Lock()
        self.late = 0
        """Comments since the start that counted in no window: too late, or too far ahead of their time."""

    async def count(self, outcomes: Sequence[Outcome], assignment: int) -> list[Output]:
        """Count a batch whose turn it is, and put on their topics what it leaves behind.

        Args:
            outcomes: What became of each record, in the order of the offsets of each partition.
            assignment: The number of the group's assignment that the batch belongs to; it never decreases.

        Returns:
            The checkpoint: to be published with the outputs, before the batch is acknowledged. Empty when
            there has been another assignment: the batch will be delivered again.

        Raises:
            StateError: If a checkpoint cannot be read.
            PublishError: If the broker does not take something.
        """
        by_partition: dict[int, list[Outcome]] = {}
        for outcome in outcomes:
            by_partition.setdefault(outcome.record.partition, []).append(outcome)
        async with self._lock:
            left: list[Output] = []
            checkpoint: list[Output] = []
            if self._is_over(assignment):
                return checkpoint
            await self._restore(by_partition)
            for partition, its_outcomes in by_partition.items():
                kept = self._kept[partition]
                seen, late = self._observe(kept, its_outcomes)
                left += late + self._left_behind(partition, kept)
                checkpoint += self._checkpoint(partition, kept, seen)
            if left:
                await self._publish(left)
            return checkpoint

    async def look(self, caught_up: Collection[int], assignment: int) -> None:
        """Tell what is due where no comments come: changes so far, and that a partition is idle.

        Args:
            caught_up: Partitions of this worker that are read and counted to their end.
            assignment: As for `count`.
        """
        async with self._lock:
            told: list[Output] = []
            if self._is_over(assignment):
                return
            await self._restore(caught_up)
            for partition in caught_up:
                told += self._told_unasked(partition, self._kept[partition])
            if told:
                await self._publish(told)

    def standing(self) -> Mapping[int, PartitionWindows]:
        """Return the windows of each partition that were counted or restored since the last assignment."""
        return {partition: kept.state.windows for partition, kept in self._kept.items()}

    def _is_over(self, assignment: int) -> bool:
        """Return whether there has been a newer assignment; what was kept under an older one is void."""
        if assignment > self._assignment:
            self._kept.clear()
            self._assignment = assignment
        return assignment < self._assignment

    async def _restore(self, needed: Collection[int]) -> None:
        """See that partitions' windows are there; after an assignment they are as they were checkpointed."""
        if self._kept.keys() >= set(needed):
            return
        missing = sorted({*needed, *self._assigned()} - self._kept.keys())
        checkpoints = {each: Partition(self._topics.window_state.name, each) for each in missing}
        comments = {each: Partition(self._topics.comments.name, each) for each in missing}
        newest = await self._logs.newest(checkpoints.values())
        extents = await self._logs.extents(comments.values())
        for partition in missing:
            self._kept[partition] = self._restored(
                partition, newest[checkpoints[partition]], extents[comments[partition]]
            )

    def _restored(self, partition: int, values: Mapping[bytes, bytes], extent: Extent) -> Kept:
        state = restored(values.values(), self._settings.windows)
        if state.next_offset > extent.end:
            logger.error(
                "windows of partition %d are kept up to offset %d, and %s ends at %d: they begin anew. "
                "Whoever makes that topic anew has to make those of the windows anew too",
                partition,
                state.next_offset,
                self._topics.comments,
                extent.end,
            )
            state = restored(values.values(), self._settings.windows, extent.end)
        logger.info("windows of partition %d go on at offset %d", partition, state.next_offset)
        return Kept(state, History(_new_name, values), _new_name(), extent.partitions, self._clock())

    def _observe(self, kept: Kept, outcomes: Iterable[Outcome]) -> tuple[list[Observation], list[Output]]:
        """Count what was not counted before; return that, and the records of what counts in no window.

        A comment brought back from the dead letters is not counted: nobody could tell whether it was before.
        """
        windows, max_ahead_s = kept.state.windows, self._settings.max_ahead_s
        next_offset = kept.state.next_offset
        observed: list[Observation] = []
        late: list[Output] = []
        for outcome in outcomes:
            record, prediction, threshold = outcome.record, outcome.prediction, outcome.threshold
            if record.offset < next_offset:
                continue
            next_offset = record.offset + 1
            if prediction is None or threshold is None or (record.headers and record.resubmission):
                continue
            seen = observation_of(prediction, threshold, record.timestamp_s, max_ahead_s)
            below_s = windows.observe(seen)
            observed.append(seen)
            if below_s is not None or seen.ahead:
                lateness = LateComment.of(prediction, below_s, record.timestamp_s)
                late.append(lateness.output(record, self._topics.late.name))
        self.late += len(late)
        kept.state = kept.state._replace(next_offset=next_offset)
        return observed, late

    def _left_behind(self, partition: int, kept: Kept) -> list[Output]:
        """Return what has to be on its topic before the checkpoint that no longer has it."""
        now_s = self._clock()
        kept.counted_s = now_s
        windows = kept.state.windows
        before_s = windows.closed_until_s
        closed = [*kept.state.left_over, *windows.close()]
        changed = self._is_due(kept, now_s)
        if not (closed or changed or kept.idle or windows.closed_until_s != before_s):
            return []
        kept.idle = False
        return self._told(partition, kept, closed, changed=changed)

    def _told_unasked(self, partition: int, kept: Kept) -> list[Output]:
        """Return what the merger is told where no comments come, nothing if it knows that already."""
        if kept.idle:
            return []
        now_s = self._clock()
        kept.idle = now_s - kept.counted_s >= self._settings.idle_after_s
        if not kept.idle and not (kept.state.windows.changed and self._is_due(kept, now_s)):
            return []
        return self._told(partition, kept, kept.state.left_over, changed=True)

    def _is_due(self, kept: Kept, now_s: float) -> bool:
        every_s = self._settings.window_update_s
        return every_s > 0 and now_s - kept.told_s >= every_s

    def _told(self, partition: int, kept: Kept, closed: Iterable[Window], *, changed: bool) -> list[Output]:
        """Return what the merger is told: windows first, then how far the partition is."""
        windows, next_offset = kept.state.windows, kept.state.next_offset
        told = list(closed)
        kept.state = kept.state._replace(left_over=[])
        if changed:
            kept.told_s = self._clock()
            told += windows.take_changed()
        records: list[Partial] = [
            part for each in told for part in partials(partition, kept.writer, each, next_offset)
        ]
        records.append(
            PartitionProgress(
                partition=partition,
                writer=kept.writer,
                partitions=kept.partitions,
                next_offset=next_offset,
                watermark=windows.watermark_s,
                idle=kept.idle,
            )
        )
        topic = self._topics.window_partials.name
        return [Output(topic, 0, each.key, encode(each), []) for each in records]

    def _checkpoint(self, partition: int, kept: Kept, seen: list[Observation]) -> list[Output]:
        """Return the records that make the state last, and take earlier ones back that are of no use."""
        topic = self._topics.window_state.name
        useless = kept.history.take_replaced()  # what the last snapshot has replaced: that is on the broker
        records = kept.history.checkpoint(kept.state.windows, kept.state.next_offset, seen)
        return [Output(topic, partition, each.key, encode_state(each), []) for each in records] + [
            Output(topic, partition, key, None, []) for key in useless
        ]


def _new_name() -> str:
    return uuid.uuid4().hex[:12]
