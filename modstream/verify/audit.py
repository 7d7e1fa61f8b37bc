"""The order in which the topics are read, so that an account is fair while a worker still runs.

The inputs in an account are those before offsets E1. Outputs are read up to ends taken after E1, and then the
inputs' ends are taken again, E2: an output for an input in [E1, E2) is merely early, and one for an input
from E2 on names a record that did not exist when the output was written.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from modstream.verify.accounts import Accounts, Position
from modstream.verify.errors import ReadingFailedError
from modstream.verify.outputs import UnreadableOutputError, read_alert, read_dead_letter, read_prediction
from modstream.verify.reading import Partition, Reader, reader
from modstream.verify.verdict import Verdict
from modstream.verify.windows import WindowAccounts
from streams.kafka_cluster import Cluster
from streams.records import resubmitted_offset
from streams.topics import Topics
from streams.windows import WindowSpec

PAUSE_S = 0.5
"""Between two readings while waiting for a worker, in seconds."""

HEARD_WITHIN_S = 0.1
LAST_READING_WITHIN_S = 3.0
"""How long the last reading may take after the request to stop, in seconds."""


class Audit:
    """One account: what of which topic has been read, and what came of it."""

    def __init__(
        self,
        topics: Topics,
        threshold: float,
        source: Reader,
        on_read: Callable[[int], None],
        windows: WindowSpec | None = None,
    ) -> None:
        """Open no account yet; see `open`.

        Args:
            topics: The pipeline's topics.
            threshold: The worker's threshold.
            source: Reads them.
            on_read: Called with the number of records that were read.
            windows: How the worker cuts time into windows; None to leave windows out.
        """
        self.accounts = Accounts(topics.comments.name, threshold)
        self.windows: WindowAccounts | None = None
        self._topics = topics
        self._threshold = threshold
        self._spec = windows
        self._source = source
        self._on_read = on_read
        self._observers: dict[str, Callable[[Any], None]] = {
            topics.comments.name: self._observe_input,
            topics.predictions.name: self._observe_prediction,
            topics.alerts.name: self._observe_alert,
            topics.dead_letters.name: self._observe_dead_letter,
            topics.late.name: self._observe_late,
            topics.window_stats.name: self._observe_statistics,
        }
        self._inputs = source.partitions(topics.comments.name)
        self._outputs = [
            each
            for topic in (topics.predictions, topics.alerts, topics.dead_letters, topics.window_stats)
            for each in source.partitions(topic.name)
        ]
        self._late = source.partitions(topics.late.name)
        self._read_until: dict[Partition, int] = {}
        self._scope: dict[Partition, int] = {}

    async def open(self) -> None:
        """Learn where the logs begin; call once, first."""
        self._read_until = await self._source.starts(self._inputs + self._outputs + self._late)
        for topic, partition in self._inputs:
            self.accounts.open_partition(partition, self._read_until[topic, partition])
        # Without the oldest predictions nobody can tell what the windows should hold.
        predictions = self._source.partitions(self._topics.predictions.name)
        if self._spec is not None and not any(self._read_until[each] for each in predictions):
            names = self._topics.comments.name, self._topics.window_stats.name
            self.windows = WindowAccounts(*names, self._threshold, self._spec, len(self._inputs))

    async def take_in(self) -> None:
        """Take every input that is there now into the account (E1)."""
        self._scope = await self._source.ends(self._inputs)
        for (_, partition), end in self._scope.items():
            self.accounts.account_until(partition, end)

    async def read(self) -> None:
        """Read the inputs in the account, and the outputs there are, from where the last reading stopped."""
        ends = self._scope | await self._source.ends(self._outputs)
        for (_, partition), end in (await self._source.ends(self._inputs)).items():  # E2
            self.accounts.known_until(partition, end)
        # A late comment is told of before its prediction: what the ends taken now leave out has none yet.
        await self._read_until_ends(await self._source.ends(self._late))
        await self._read_until_ends(ends)

    async def _read_until_ends(self, ends: Mapping[Partition, int]) -> None:
        stretches = {where: (self._read_until[where], end) for where, end in ends.items()}
        await self._source.read(stretches, self._observe)
        self._read_until |= ends

    def verdict(self) -> Verdict:
        """Return what is known by now."""
        verdict = self.accounts.verdict()
        return self.windows.counts().added_to(verdict) if self.windows else verdict

    def settled(self, *, windows_too: bool) -> bool:
        """Return whether every comment has its outcome, and what is known of windows for sure was published.

        Args:
            windows_too: Whether every window has to be final.
        """
        if not self.accounts.settled:
            return False
        counts = self.windows.counts() if self.windows else None
        return counts is None or (counts.settled and not (windows_too and counts.open))

    def _observe(self, record: Any) -> None:
        self._on_read(1)
        try:
            self._observers[record.topic](record)
        except UnreadableOutputError:
            self.accounts.observe_malformed(_position(record))

    def _observe_input(self, record: Any) -> None:
        if resubmitted_offset(record.topic, record.partition, record.offset, record.headers) is None:
            self.accounts.observe_input(record.partition, record.offset)
        else:
            self.accounts.observe_resubmission(record.partition, record.offset)

    def _observe_prediction(self, record: Any) -> None:
        forecast = read_prediction(record.value, record.headers)
        self.accounts.observe_prediction(_position(record), forecast)
        if self.windows:
            self.windows.observe_prediction(forecast)

    def _observe_alert(self, record: Any) -> None:
        self.accounts.observe_alert(_position(record), read_alert(record.value, record.headers))

    def _observe_dead_letter(self, record: Any) -> None:
        rejected = read_dead_letter(record.key, record.value, record.headers)
        self.accounts.observe_dead_letter(_position(record), rejected)

    def _observe_late(self, record: Any) -> None:
        if self.windows:
            self.windows.observe_late(record.value)

    def _observe_statistics(self, record: Any) -> None:
        if self.windows:
            self.windows.observe_statistics(record.partition, record.offset, record.value)


def _position(record: Any) -> Position:
    return Position(record.topic, record.partition, record.offset)


def names(topics: Topics) -> list[str]:
    """Return the names of the topics that an account is made from."""
    return [
        each.name
        for each in (
            topics.comments,
            topics.predictions,
            topics.alerts,
            topics.dead_letters,
            topics.late,
            topics.window_stats,
        )
    ]


async def audit_once(
    cluster: Cluster,
    topics: Topics,
    threshold: float,
    *,
    windows: WindowSpec | None = None,
    windows_too: bool = False,
    wait_s: float = 0.0,
    on_read: Callable[[int], None] = lambda count: None,
) -> Verdict:
    """Account for the inputs that are there now; see `modstream.verify.verify`."""
    async with reader(cluster, names(topics)) as source:
        audit = Audit(topics, threshold, source, on_read, windows)
        await audit.open()
        await audit.take_in()
        await audit.read()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_s
        while not audit.settled(windows_too=windows_too) and loop.time() < deadline:
            await asyncio.sleep(min(PAUSE_S, max(0.0, deadline - loop.time())))
            await audit.read()
        return audit.verdict()


async def audit_until_stopped(
    cluster: Cluster,
    topics: Topics,
    threshold: float,
    *,
    windows: WindowSpec | None = None,
    should_stop: Callable[[], bool],
    on_round: Callable[[Verdict], None],
) -> Verdict:
    """Account for inputs as they come, show each standing to `on_round`, and return the last one.

    Asked to stop, it ends what it reads and reads once more; a broker that hangs does not keep it.

    Raises:
        ReadingFailedError: If the last reading is not done `LAST_READING_WITHIN_S` after the request to stop.
    """
    following = asyncio.create_task(_follow(cluster, topics, threshold, windows, should_stop, on_round))
    while not (following.done() or should_stop()):
        await asyncio.wait({following}, timeout=HEARD_WITHIN_S)
    await asyncio.wait({following}, timeout=LAST_READING_WITHIN_S)
    if not following.done():
        following.cancel()
        reason = f"stopped, and {LAST_READING_WITHIN_S:g} s were not enough"
        raise ReadingFailedError(cluster.bootstrap, reason)
    return following.result()


async def _follow(
    cluster: Cluster,
    topics: Topics,
    threshold: float,
    windows: WindowSpec | None,
    should_stop: Callable[[], bool],
    on_round: Callable[[Verdict], None],
) -> Verdict:
    async with reader(cluster, names(topics)) as source:
        audit = Audit(topics, threshold, source, lambda count: None, windows)
        await audit.open()
        while not should_stop():
            await audit.take_in()
            await audit.read()
            on_round(audit.verdict())
            await asyncio.sleep(PAUSE_S)
        await audit.read()
        return audit.verdict()
