"""A Faust consumer that fetches whole stretches, and commits what its ledger says.

Faust 0.15.3 hands over record by record, at two tasks each, counts a record as done when the code that
reads it raises, commits past work in flight, and waits without bound for what never finishes. Here it keeps
the membership of the group and the connection; what was fetched goes to an `Inbox` as it is, and
which offset may be committed is decided by an `OffsetLedger` alone.
"""

import asyncio
import contextlib
import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import mode
from aiokafka.consumer.fetcher import OffsetResetStrategy
from aiokafka.errors import KafkaError
from faust.transport.consumer import ensure_TPset
from faust.transport.drivers import aiokafka as faust_aiokafka
from faust.types import TP
from mode.utils.futures import maybe_async

from streams.errors import MembershipError, PublishError
from streams.header_names import LenientRecords
from streams.inbox import Inbox, Stretch
from streams.offsets import Claim, ClaimState, OffsetLedger, Partition, Turn
from streams.records import SourceRecord

BUFFERED_BYTES = 32 * 1024 * 1024
BUFFERED_RECORDS = 32_768
"""Above so much in the inboxes no more is fetched."""

MANY_ASSIGNMENTS = 10
QUICK_S = 30.0
"""So many assignments in so short a time are those of two workers that take turns under one name."""

LOOK_AT_GROUP_S = 1.0

LOOK_AGAIN_S = 0.05
"""How long the fetcher rests while the inboxes are full, at the most."""

COLLECT_MS = 10
COLLECT_BYTES = 64 * 1024
"""While comments come faster than one in so long, the broker collects them, for no longer and no more."""

WAIT_MS = 1_500
"""Otherwise it waits for the first one, as Faust lets it."""

PROVEN_FOR_S = 2.0
"""For so long a commit that the broker took shows that the partitions are still this worker's."""


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


class SourceRecords(LenientRecords):
    """The records of a fetched stretch as the worker uses them: aiokafka's own would be made for nothing."""

    def _consumer_record(self, tp: Any, record: Any) -> SourceRecord:
        headers = record.headers
        return SourceRecord(
            tp.topic,
            tp.partition,
            record.offset,
            record.key,
            record.value,
            record.timestamp / 1_000.0,
            tuple(headers) if headers else (),
        )


class Pace:
    """Whether comments come so fast that a fetch for each would cost more than the comment."""

    def __init__(self) -> None:
        self.collects = False
        self._came_s = -math.inf

    def see(self, records: int, now_s: float) -> None:
        """Take note of a fetch that has just ended with so many records."""
        if self.collects:
            self.collects = records > 1
        elif records:
            self.collects = now_s - self._came_s < COLLECT_MS / 1_000.0
        if records:
            self._came_s = now_s


class Connection(faust_aiokafka.AIOKafkaConsumerThread):  # type: ignore[misc]  # faust is untyped
    """Faust's thread for the connection, without a thread: all of it is in the worker's event loop.

    Python runs one thread at a time, and each fetch would pass from one to the other and back. Heartbeats are
    in the same loop, so nothing in the worker may hold it for seconds. What was fetched is stamped with the
    assignment that it was read under.
    """

    wait_for_shutdown = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, thread_loop=kwargs["loop"], **kwargs)
        self._pace = Pace()

    async def start(self) -> None:
        """Connect."""
        self._thread_started.set()
        await self._default_start()

    async def on_stop(self) -> None:
        """Leave the group and disconnect."""
        await self.on_thread_stop()

    async def _stop_futures(self) -> None:
        await self._default_stop_futures()

    async def call_thread(self, fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what a call comes to, be it awaitable or not; there is no other thread to make it in."""
        return await maybe_async(fun(*args, **kwargs))

    def begin_anew(self, partitions: Iterable[Any]) -> None:
        """Let partitions be read from their beginning next; nothing of them is given before that is known.

        `seek_to_beginning` would wait for the broker, and with it everything that comes after a rebalance.
        """
        fetcher = self._ensure_consumer()._fetcher
        fetcher.request_offset_reset(list(partitions), OffsetResetStrategy.EARLIEST)

    async def _fetch_records(self, consumer: Any, *args: Any, **kwargs: Any) -> dict[Any, Stretch]:
        if self._pace.collects:
            kwargs["timeout"] = 2 * COLLECT_MS / 1_000.0  # for the end of a flow to be noticed
        fetched: Mapping[Any, Sequence[SourceRecord]] = await super()._fetch_records(
            consumer, *args, **kwargs
        )
        # Nothing awaits between aiokafka's giving and this look.
        assignment = self.app.consumer_generation_id
        self._pace.see(sum(map(len, fetched.values())), time.monotonic())
        fetcher, collects = consumer._fetcher, self._pace.collects
        fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes = (
            (COLLECT_MS, COLLECT_BYTES) if collects else (WAIT_MS, 1)
        )
        return {tp: Stretch(assignment, Partition(*tp), records) for tp, records in fetched.items()}


def _no_partition() -> set[Any]:
    """Return what to ask the fetcher for to get nothing: an empty set would mean every partition."""
    return {TP("", -1)}


class BatchConsumer(faust_aiokafka.Consumer):  # type: ignore[misc]  # faust is untyped
    """A Faust consumer that commits what its ledger says, and waits for work in flight within a bound."""

    RebalanceListener = CountingListener

    drain_within_s = 8.0
    """How long a stop or a rebalance waits for batches in flight; `batching.install` sets it."""

    commit_within_s = 120.0
    """How long the broker may take to confirm a commit; `batching.install` sets it."""

    most_uncommitted = 512
    """Records of a partition that may be published and not yet committed; `batching.install` sets it."""

    committed_at_s = 0.0
    """When the broker last took a commit, seconds since the epoch; 0 before the first time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ledger = OffsetLedger()
        self.inboxes: defaultdict[str, Inbox] = defaultdict(Inbox)
        """What was fetched of each topic."""
        self.held = False
        """Whether nothing is fetched; see `hold`."""
        self.acknowledged = 0
        """Batches that were acknowledged since the start."""
        self.joined = False
        """Whether the group has ever given partitions to this worker, be it none."""
        self._settled = asyncio.Event()
        self._assigned_at_s: deque[float] = deque(maxlen=MANY_ASSIGNMENTS)
        self._proven_at_s = 0.0
        self._committing: asyncio.Task[None] | None = None
        self._dropped = False
        """Whether something was fetched that nobody will work on: the place to go on from is behind."""

    def _new_consumer_thread(self) -> Connection:
        return Connection(self, loop=self.loop, beacon=self.beacon)

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

    def settle(self, claims: Sequence[Claim], state: ClaimState) -> None:
        """Record that a batch is done with, one way or the other."""
        self.ledger.settle(claims, state)
        self.acknowledged += state is ClaimState.FINISHED
        self._settled.set()
        # While the next batch is scored, so that it does not wait for this when its turn comes.
        if self._committing is None and 2 * self.ledger.most_unconfirmed() > self.most_uncommitted:
            self._committing = asyncio.create_task(self._commit_ahead())

    async def _commit_ahead(self) -> None:
        try:
            with contextlib.suppress(KafkaError):  # whoever has to wait for a commit meets it again
                await self._commit_newest()
        finally:
            self._committing = None

    async def turn(self, claims: Sequence[Claim]) -> bool:
        """Wait until all that comes before is published, and enough of it committed; see `Batch.turn`."""
        while (turn := self.ledger.turn(claims)) is Turn.LATER:
            await self._change()
        if turn is Turn.NOW and not (self._is_proven() and self._is_little(claims)):
            await self._checkpoint()
        return self.ledger.turn(claims) is Turn.NOW  # the partitions may have moved meanwhile

    def _is_proven(self) -> bool:
        """Return whether the broker said lately, by taking a commit, that the partitions are ours."""
        return not self.ledger.committable() or time.monotonic() - self._proven_at_s <= PROVEN_FOR_S

    def _is_little(self, claims: Iterable[Claim]) -> bool:
        """Return whether no more than the limit would be delivered again if the worker ended with these."""
        return all(self.ledger.unconfirmed_with(claim) <= self.most_uncommitted for claim in claims)

    async def _change(self) -> None:
        """Wait until the ledger changes; nothing awaits between a look at it and this call."""
        self._settled.clear()
        await self._settled.wait()

    async def _checkpoint(self) -> None:
        """Commit what is finished, and what was committed long ago once more.

        Raises:
            PublishError: If the broker does not confirm it in time.
        """
        committing = asyncio.create_task(self._commit_and_prove())
        done, _ = await asyncio.wait({committing}, timeout=self.commit_within_s)
        if not done:
            raise PublishError(0, f"no commit within {self.commit_within_s:g} s")
        committing.result()

    async def _commit_and_prove(self) -> None:
        await self._commit_newest()
        if not self._is_proven():
            await self._commit_offsets(self.ledger.committable())

    async def _commit_newest(self) -> None:
        # A commit that is under way already may lack the newest: Faust waits for it and says False.
        if not await self.commit():
            await self.commit()

    async def _commit_offsets(self, offsets: Mapping[Any, int], start_new_transaction: bool = True) -> bool:
        """Commit what is still assigned; Faust would draw a table of it first, for a log nobody reads."""
        assigned = self.assignment()
        mine = {tp: offset for tp, offset in offsets.items() if tp in assigned}
        done = bool(mine) and await self._commit(mine)
        self._committed_offset.update(mine)
        return done

    async def _commit(self, offsets: Any) -> bool:
        """Commit; a refusal means that the partitions have another owner: what is in flight is given back."""
        asked_s = time.monotonic()
        done: bool = await super()._commit(offsets)
        if done:
            self._proven_at_s = asked_s
            self.committed_at_s = time.time()
            self.ledger.confirm(offsets)
        else:
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

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch until the fetcher stops; what Faust does here with each record is left out."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                await self._fetch()
        except (*self.consumer_stopped_errors, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    async def _fetch(self) -> None:
        if self._dropped:
            await self._go_back()
            return
        stretches, _ = await self._wait_next_records(1.0)
        if self.should_stop:
            return
        if not self.flow_active:
            self._dropped = bool(stretches)  # nobody may work on them: they are read again from the commits
            return
        for tp, stretch in stretches.items():
            self._read_offset[tp] = stretch.records[-1].offset
            self.inboxes[tp.topic].put(stretch)
        await asyncio.sleep(0)  # a fetch may return at once, again and again

    async def _go_back(self) -> None:
        """Seek back to before what was dropped; until that is done nothing more is fetched."""
        try:
            await self.perform_seek()
        except Exception as error:  # the broker is away, or the partitions have just moved: tried again
            self.log.warning("cannot seek to the commits yet: %s", error)
            await asyncio.sleep(LOOK_AGAIN_S)
        else:
            self._dropped = False

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Go back to the commits, and to the beginning of a partition that has none: aiokafka stays there."""
        committed: Mapping[Any, int] = await super().seek_to_committed()
        without = [tp for tp, offset in committed.items() if not offset or offset < 0]
        if without:
            self._thread.begin_anew(without)
        return committed

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109  Faust's name
        if self.held:
            return await super()._getmany(_no_partition(), timeout)
        if self._is_full():
            return await super()._getmany(_no_partition(), LOOK_AGAIN_S)
        return await super()._getmany(active_partitions, timeout)

    def _is_full(self) -> bool:
        inboxes = self.inboxes.values()
        return (
            sum(inbox.records for inbox in inboxes) > BUFFERED_RECORDS
            or sum(inbox.bytes for inbox in inboxes) > BUFFERED_BYTES
        )

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
        waiting = set(self.inboxes[topic].partitions())
        mine = {tp for tp in self.assignment() if tp.topic == topic} - waiting
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
