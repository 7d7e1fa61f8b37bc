"""Batches from Faust that lose nothing.

1. `fetching.BatchConsumer` puts what it fetches into an inbox for each topic;
2. `BatchStream.batches` takes batches from there and claims their offsets;
3. the agent works on several batches at once; each waits for its turn, when all that comes before it in its
   partitions is published, publishes, and acknowledges when the broker has all of it;
4. the consumer commits the finished prefix of each partition, and nothing else.

A batch that is neither acknowledged nor in work any more (an exception, a stop) keeps its partitions'
commits where they are, so Kafka delivers it again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import chain
from types import TracebackType
from typing import Self

import faust

from streams import header_names
from streams.fetching import LOOK_AGAIN_S, BatchConsumer, SourceRecords
from streams.inbox import Inbox, Stretch
from streams.offsets import Claim, ClaimState, Partition, Turn
from streams.producing import IdempotentProducer
from streams.records import SourceRecord


class Batch:
    """Records of each partition in delivery order, and the duty to acknowledge them.

    Use it as a context manager: a batch that was not acknowledged when the block ends is abandoned, and
    will be delivered again.
    """

    def __init__(
        self, records: Sequence[SourceRecord], claims: Sequence[Claim], stream: "BatchStream"
    ) -> None:
        self.records = records
        self._claims = claims
        self._stream = stream
        self.assignment = stream.generation
        """The number of the group's assignment that the records belong to."""

    def wanted(self) -> bool:
        """Return whether to keep trying: False once the worker stops or its partitions move."""
        return self._stream.is_flowing() and self._stream.generation == self.assignment

    async def turn(self) -> bool:
        """Wait until all that comes before it in its partitions is published, and enough of it committed.

        Returns:
            Whether to publish; False when it will be delivered again, here or to another worker.

        Raises:
            PublishError: If the broker does not take the commit in time.
        """
        return await self._stream.consumer.turn(self._claims)

    def is_ours(self) -> bool:
        """Return whether it may still be published, once it had its turn: its partitions have not moved."""
        return self._stream.consumer.ledger.turn(self._claims) is Turn.NOW

    def acknowledge(self) -> None:
        """Let the group's offsets pass this batch; call it when every output is on the broker."""
        self._settle(ClaimState.FINISHED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if any(claim.state is ClaimState.IN_FLIGHT for claim in self._claims):
            self._settle(ClaimState.ABANDONED)
        self._stream.leave()

    def _settle(self, state: ClaimState) -> None:
        self._stream.consumer.settle(self._claims, state)


class BatchStream(faust.Stream):  # type: ignore[misc]  # faust is untyped
    """A Faust stream that hands out batches and leaves acknowledging to its reader."""

    in_work = 0
    """Batches that were handed out and are not done with."""
    _inbox: Inbox

    async def batches(self, max_records: int, within_s: float, max_bytes: int) -> AsyncIterator[Batch]:
        """Yield batches: what there is while no other is in work, full ones else.

        So an idle stream waits for nothing, and a backlog comes in full batches.

        Args:
            max_records: Records in a batch, at most.
            within_s: How long a batch that is not full waits at the most for another to be done with, in
                seconds.
            max_bytes: Bytes of values in a batch, at most; one larger record makes a batch of its own.
        """
        await self.maybe_start()
        self._inbox = inbox = self.consumer.inboxes[self.channel.get_topic_name()]
        ended = asyncio.create_task(self._end())
        ended.add_done_callback(lambda _: inbox.wake())
        try:
            while not (self.should_stop or ended.done()):
                if not inbox.records:
                    await inbox.news()
                    continue
                await self._company(max_records, within_s, max_bytes)
                if not self.is_flowing():
                    await inbox.news(LOOK_AGAIN_S)  # nothing is taken that nobody may work on yet
                    continue
                batch = self._claim(inbox.take(max_records, max_bytes))
                if batch is not None:
                    self.in_work += 1
                    yield batch
        finally:
            ended.cancel()

    async def _end(self) -> None:
        """Return when Faust ends the stream, because its agent stops: through its queue, empty else."""
        try:
            while True:
                await self.channel.queue.get()
        except StopAsyncIteration:
            return

    async def _company(self, max_records: int, within_s: float, max_bytes: int) -> None:
        """Wait until there is enough for a full batch, or nothing to be gained by waiting."""
        inbox = self._inbox
        deadline_s = time.monotonic() + within_s
        while self.in_work and inbox.records < max_records and inbox.bytes < max_bytes:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return
            await inbox.news(left_s)

    def leave(self) -> None:
        """Be told that a batch is done with."""
        self.in_work -= 1
        self._inbox.wake()

    def _claim(self, stretches: Iterable[Stretch]) -> Batch | None:
        """Return the batch of those records that are still ours to work on, None when there are none.

        Nothing awaits between this check and the reader's work: what was read before a rebalance, whose
        partition may have another owner by now, is dropped here. It was not acknowledged, and its owner reads
        from the commits, so it is not lost.
        """
        ledger = self.consumer.ledger
        mine: dict[Partition, list[SourceRecord]] = {}
        for assignment, partition, records in stretches:
            if assignment == self.generation:
                known = mine.setdefault(partition, [])
                known += _from(known[-1].offset + 1 if known else ledger.next_of(partition), records)
        claims = [ledger.claim(where, its[0].offset, its[-1].offset) for where, its in mine.items() if its]
        return Batch(list(chain.from_iterable(mine.values())), claims, self) if claims else None

    def is_flowing(self) -> bool:
        """Return whether the worker may start or repeat work: it neither stops nor rebalances."""
        app = self.app
        return not app.should_stop and not app.rebalancing and app.flow_control.is_active()

    @property
    def generation(self) -> int:
        """Return the number of the group's current assignment."""
        generation: int = self.app.consumer_generation_id
        return generation

    @property
    def consumer(self) -> BatchConsumer:
        """Return the app's consumer."""
        consumer: BatchConsumer = self.app.consumer
        return consumer


def _from(offset: int, records: Sequence[SourceRecord]) -> Sequence[SourceRecord]:
    """Return the records from an offset on: those before it were delivered twice."""
    return records if records[0].offset >= offset else [each for each in records if each.offset >= offset]


def install(app: faust.App, drain_within_s: float, commit_within_s: float, most_uncommitted: int) -> None:
    """Make an app use these classes; call it before the app starts.

    Args:
        app: The Faust app, made with `Stream=BatchStream`.
        drain_within_s: How long a stop or a rebalance waits for batches in flight, in seconds.
        commit_within_s: How long the broker may take to confirm a commit, in seconds.
        most_uncommitted: Records of a partition that may be published before they are committed.
    """
    header_names.install(SourceRecords)
    bounds = {
        "drain_within_s": drain_within_s,
        "commit_within_s": commit_within_s,
        "most_uncommitted": most_uncommitted,
    }
    app.transport.Consumer = type("BoundedConsumer", (BatchConsumer,), bounds)
    app.transport.Producer = IdempotentProducer
