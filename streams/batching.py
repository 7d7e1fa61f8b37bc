"""Batches from Faust that lose nothing: the only file that knows Faust's internals.

Faust 0.15.3 counts a record as done when the code that reads it raises, commits past work in flight, and
waits without bound for what never finishes. Here Faust fetches, keeps the group membership and sends the
commits; which offset may be committed is decided by an `OffsetLedger` alone:

1. `BatchStream.batches` takes records from the stream's queue and claims their offsets;
2. the agent works on several batches at once; each waits for its turn, when all that comes before it in its
   partitions is published and committed, publishes, and acknowledges when the broker has all of it;
3. `BatchConsumer` commits the finished prefix of each partition, and nothing else.

A batch that is neither acknowledged nor in work any more (an exception, a stop) keeps its partitions'
commits where they are, so Kafka delivers it again.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import faust
import mode
from aiokafka.errors import KafkaError
from faust.transport.consumer import ensure_TPset
from faust.transport.drivers import aiokafka as faust_aiokafka
from faust.types import TP

from streams import header_names, record_batches
from streams.errors import MembershipError, PublishError
from streams.offsets import Claim, ClaimState, OffsetLedger, Partition, Turn
from streams.records import Output, SourceRecord

BUFFERED_BYTES = 32 * 1024 * 1024
"""Above so many bytes in the queue no more is fetched: Faust bounds the records there, not their size."""

MANY_ASSIGNMENTS = 10
QUICK_S = 30.0
"""So many assignments in so short a time are those of two workers that take turns under one name."""

REST_S = 0.2
"""Between two questions of the producer to a broker that does not answer."""

LOOK_AT_GROUP_S = 1.0

LOOK_AGAIN_S = 0.05
"""How long the fetcher rests while the queue is full."""


class Batch:
    """Records in delivery order, and the duty to acknowledge them.

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
        """Wait until all that comes before it in its partitions is published and committed.

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

    def _settle(self, state: ClaimState) -> None:
        self._stream.consumer.settle(self._claims, state)


class BatchStream(faust.Stream):  # type: ignore[misc]  # faust is untyped
    """A Faust stream that hands out batches and leaves acknowledging to its reader."""

    async def batches(self, max_records: int, within_s: float, max_bytes: int) -> AsyncIterator[Batch]:
        """Yield batches, each when it is full or when its first record has waited long enough.

        Args:
            max_records: Records in a batch, at most.
            within_s: How long an unfilled batch waits for more, in seconds.
            max_bytes: Bytes of values in a batch, at most; one larger record makes a batch of its own.
        """
        await self.maybe_start()
        queue = self.channel.queue
        self.consumer.queues.append(queue)
        held: Any = None
        try:
            while not self.should_stop:
                events = [await queue.get() if held is None else held]
                held = await self._fill(events, max_records, within_s, max_bytes)
                batch = self._claim(events)
                if batch is not None:
                    yield batch
        except StopAsyncIteration:  # how Faust ends a stream whose agent stops
            return

    async def _fill(self, events: list[Any], max_records: int, within_s: float, max_bytes: int) -> Any:
        """Add to `events` until they make a batch; return an event that did not fit, or None."""
        queue = self.channel.queue
        deadline = time.monotonic() + within_s
        size = _bytes_of(events[0])
        while len(events) < max_records:
            if queue.empty():
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                try:
                    event = await asyncio.wait_for(queue.get(), left)
                except TimeoutError:
                    return None
            else:
                event = queue.get_nowait()
            size += _bytes_of(event)
            if size > max_bytes:
                return event
            events.append(event)
        return None

    def _claim(self, events: Iterable[Any]) -> Batch | None:
        """Return the batch of those events that are still ours to work on, None when there are none.

        Nothing awaits between this check and the reader's work: an event read before a rebalance, whose
        partition may have another owner by now, is dropped here. It was not acknowledged, so it is not lost.
        """
        if not self.is_flowing():
            return None
        generation = self.generation
        ledger = self.consumer.ledger
        messages = [
            event.message
            for event in events
            if event.message.generation_id == generation
            and ledger.is_new(Partition(*event.message.tp), event.message.offset)
        ]
        if not messages:
            return None
        spans: dict[Partition, tuple[int, int]] = {}
        for message in messages:
            partition = Partition(*message.tp)
            first, _ = spans.get(partition, (message.offset, 0))
            spans[partition] = (first, message.offset)
        claims = [ledger.claim(partition, *span) for partition, span in spans.items()]
        return Batch([_record(message) for message in messages], claims, self)

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
    def consumer(self) -> "BatchConsumer":
        """Return the app's consumer."""
        consumer: BatchConsumer = self.app.consumer
        return consumer


def _bytes_of(event: Any) -> int:
    return len(event.message.value or b"")


def _no_partition() -> set[Any]:
    """Return what to ask the fetcher for to get nothing: an empty set would mean every partition."""
    return {TP("", -1)}


def _record(message: Any) -> SourceRecord:
    return SourceRecord(
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value,
        message.timestamp,
        tuple(message.headers or ()),
    )


class CountingListener(faust_aiokafka.ConsumerRebalanceListener):  # type: ignore[misc]  # faust is untyped
    """Numbers the assignments itself.

    Faust tells what it read before an assignment from what it read after it by Kafka's generation. That stays
    the same when a static member takes the place of another of its name: what was read before would be
    taken for the continuation of what was committed, and the comments between would be lost.
    """

    def on_partitions_revoked(self, revoked: Any) -> Any:
        """Begin a time without an assignment."""
        self._count()
        return super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Begin the time of this assignment."""
        await self._thread.on_partitions_assigned(ensure_TPset(assigned), self._count())

    def _count(self) -> int:
        app = self._thread.app
        app.consumer_generation_id += 1
        number: int = app.consumer_generation_id
        return number


class BatchConsumer(faust_aiokafka.Consumer):  # type: ignore[misc]  # faust is untyped
    """A Faust consumer that commits what its ledger says, and waits for work in flight within a bound."""

    RebalanceListener = CountingListener

    drain_within_s = 8.0
    """How long a stop or a rebalance waits for batches in flight; `install` sets it."""

    commit_within_s = 120.0
    """How long the broker may take to confirm a commit; `install` sets it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ledger = OffsetLedger()
        self.held = False
        """Whether nothing is fetched; see `hold`."""
        self.queues: list[Any] = []
        """Where Faust puts what it has fetched, of each stream that batches are taken from."""
        self.acknowledged = 0
        """Batches that were acknowledged since the start."""
        self.joined = False
        """Whether the group has ever given partitions to this worker, be it none."""
        self._settled = asyncio.Event()
        self._assigned_at_s: deque[float] = deque(maxlen=MANY_ASSIGNMENTS)

    @mode.Service.task  # type: ignore[untyped-decorator]  # mode is untyped
    async def _watch_membership(self) -> None:
        """End the worker once its membership has ended; who has no partitions does not ask, and is not told.

        Raises:
            MembershipError: Then.
        """
        while not self.should_stop:
            if (error := self._what_ended_membership()) is not None:
                raise MembershipError(str(error)) from error
            await self.sleep(LOOK_AT_GROUP_S)

    def _what_ended_membership(self) -> BaseException | None:
        """Return what aiokafka would tell whoever asked it for records; None if all is well."""
        coordinator = getattr(self._thread._consumer, "_coordinator", None)  # None until it has started
        if coordinator is None or self.should_stop:
            return None
        error: BaseException | None = coordinator._pending_exception
        task = coordinator._coordination_task
        return task.exception() if task.done() and not task.cancelled() else error

    def hold(self, hold: bool) -> None:
        """Stop fetching, or go on: lag grows, memory does not, and heartbeats go on."""
        self.held = hold
        self.log.warning("partitions paused" if hold else "partitions resumed")

    def settle(self, claims: Iterable[Claim], state: ClaimState) -> None:
        """Record that a batch is done with, one way or the other."""
        self.ledger.settle(claims, state)
        self.acknowledged += state is ClaimState.FINISHED
        self._settled.set()

    async def turn(self, claims: Sequence[Claim]) -> bool:
        """Wait until what comes before these claims is published and committed; see `Batch.turn`."""
        while (turn := self.ledger.turn(claims)) is Turn.LATER:
            await self._change()
        if turn is Turn.NOW:
            await self._checkpoint()
        return self.ledger.turn(claims) is Turn.NOW  # the partitions may have moved meanwhile

    async def _change(self) -> None:
        """Wait until the ledger changes; nothing awaits between a look at it and this call."""
        self._settled.clear()
        await self._settled.wait()

    async def _checkpoint(self) -> None:
        """Commit what is finished.

        Raises:
            PublishError: If the broker does not confirm it in time.
        """
        committing = asyncio.create_task(self._commit_newest())
        done, _ = await asyncio.wait({committing}, timeout=self.commit_within_s)
        if not done:
            raise PublishError(0, f"no commit within {self.commit_within_s:g} s")
        committing.result()

    async def _commit_newest(self) -> None:
        # A commit that is under way already may lack the newest: Faust waits for it and says False.
        if not await self.commit():
            await self.commit()

    async def _commit(self, offsets: Any) -> bool:
        """Commit; a refusal means that the partitions have another owner: what is in flight is given back."""
        done: bool = await super()._commit(offsets)
        if not done:
            self.ledger.abandon_all()
            self._settled.set()
        return done

    async def wait_empty(self) -> None:
        """Wait until no batch is in flight, or until the bound has passed; then commit."""
        try:
            async with asyncio.timeout(self.drain_within_s):
                while self.ledger.in_flight:
                    await self._change()
        except TimeoutError:
            # Faust drains once more when the consumer itself stops; that must not take as long again.
            late = self.ledger.abandon_all()
            self._settled.set()
            self.log.warning(
                "work on %d partitions was not done within %g s; it will be delivered again",
                late,
                self.drain_within_s,
            )
        await asyncio.wait({asyncio.create_task(self._commit_newest())}, timeout=self.drain_within_s)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109  Faust's name
        if self.held:
            return await super()._getmany(_no_partition(), timeout)
        if self._buffered_bytes() > BUFFERED_BYTES:
            return await super()._getmany(_no_partition(), LOOK_AGAIN_S)
        return await super()._getmany(active_partitions, timeout)

    def _buffered_bytes(self) -> int:
        """Return the bytes of values in the queues; counted when Faust would fetch more, not per record."""
        return sum(_bytes_of(event) for queue in self.queues for event in queue._queue)

    async def on_partitions_assigned(self, assigned: set[Any], generation_id: int = 0) -> None:
        """Start from the commits: what was claimed under the old assignment is void."""
        self.ledger.forget()
        self._settled.set()
        await super().on_partitions_assigned(assigned, generation_id)
        self.joined = True
        self._suspect_a_namesake()

    def _suspect_a_namesake(self) -> None:
        """Say what is likely the matter when assignments come in quick succession."""
        now_s = time.monotonic()
        self._assigned_at_s.append(now_s)
        name = self.app.conf.consumer_group_instance_id
        many = len(self._assigned_at_s) == MANY_ASSIGNMENTS
        if name and many and now_s - self._assigned_at_s[0] < QUICK_S:
            self._assigned_at_s.clear()
            self.log.error(
                "given its partitions %d times within %g s: does another worker have the name %r "
                "(MOD_INSTANCE_ID) as well? Each needs its own",
                MANY_ASSIGNMENTS,
                QUICK_S,
                name,
            )

    def finished_until(self) -> Mapping[Partition, int | None]:
        """Return each assigned partition's next offset to read after a restart, None where none is known."""
        committable = self.ledger.committable()
        return {
            Partition(*tp): committable.get(Partition(*tp), self._committed_offset[tp])
            for tp in (self.assignment() if self.joined else ())
        }

    async def caught_up(self, topic: str) -> list[int]:
        """Return which of a topic's partitions, of those assigned, are read and worked on to their end.

        An empty list while the partitions move, or while the broker does not say.
        """
        if not self.joined:
            return []
        queued = {event.message.tp for queue in self.queues for event in queue._queue}
        mine = {tp for tp in self.assignment() if tp.topic == topic} - queued
        free = [tp for tp in mine if not self.ledger.is_busy(Partition(*tp))]
        try:
            return sorted([tp.partition for tp in free if self.highwater(tp) == await self.position(tp)])
        except (KafkaError, AssertionError):  # the latter of aiokafka: not assigned any more
            return []

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Do nothing: Faust's check of progress watches acknowledgements that are not used here."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[Any]:
        return (
            tp for tp in self.ledger.committable() if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self, tp: Any) -> int | None:
        return self.ledger.committable().get(tp)


class IdempotentProducer(faust_aiokafka.Producer):  # type: ignore[misc]  # faust is untyped
    """A Faust producer whose retries neither repeat nor reorder records."""

    def _new_producer(self) -> Any:
        producer = super()._new_producer()
        _rest_after_failures(producer.client)
        return producer

    async def send_together(self, outputs: Iterable[Output]) -> list[asyncio.Future[Any]]:
        """Hand records over as `record_batches.send` does."""
        return await record_batches.send(self._ensure_producer(), outputs)

    async def flush(self) -> None:
        """Do nothing: a batch awaits each of its outputs, so commits and rebalances need not wait for any."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {**super()._settings_extra(), "enable_idempotence": True, "acks": "all"}


def _rest_after_failures(client: Any) -> None:
    """Make an aiokafka client pause after it has failed to learn where the partitions are.

    While the broker is away and a batch waits to be sent, it would ask thousands of times a second.
    """
    update = client._metadata_update

    async def rest_after_failure(*arguments: Any) -> bool:
        done: bool = await update(*arguments)
        if not done:
            await asyncio.sleep(REST_S)
        return done

    client._metadata_update = rest_after_failure


def install(app: faust.App, drain_within_s: float, commit_within_s: float) -> None:
    """Make an app use the classes of this module; call it before the app starts.

    Args:
        app: The Faust app, made with `Stream=BatchStream`.
        drain_within_s: How long a stop or a rebalance waits for batches in flight, in seconds.
        commit_within_s: How long the broker may take to confirm a commit, in seconds.
    """
    header_names.install()
    bounds = {"drain_within_s": drain_within_s, "commit_within_s": commit_within_s}
    bounded = type("BoundedConsumer", (BatchConsumer,), bounds)
    app.transport.Consumer = bounded
    app.transport.Producer = IdempotentProducer
