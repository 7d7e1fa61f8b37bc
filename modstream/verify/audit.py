"""The order in which the topics are read, so that an account is fair while a worker still runs.

The inputs in an account are those before offsets E1. Outputs are read up to ends taken after E1, and then the
inputs' ends are taken again, E2: an output for an input in [E1, E2) is merely early, and one for an input
from E2 on names a record that did not exist when the output was written.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from modstream.verify.accounts import Accounts, Position
from modstream.verify.errors import ReadingFailedError
from modstream.verify.outputs import UnreadableOutputError, read_alert, read_dead_letter, read_prediction
from modstream.verify.reading import Partition, Reader, reader
from modstream.verify.verdict import Verdict
from streams.records import resubmitted_offset
from streams.topics import Topics

PAUSE_S = 0.5
"""Between two readings while waiting for a worker, in seconds."""

HEARD_WITHIN_S = 0.1
LAST_READING_WITHIN_S = 3.0
"""How long the last reading may take after the request to stop, in seconds."""


class Audit:
    """One account: what of which topic has been read, and what came of it."""

    def __init__(
        self, topics: Topics, threshold: float, source: Reader, on_read: Callable[[int], None]
    ) -> None:
        self.accounts = Accounts(topics.comments.name, threshold)
        self._source = source
        self._on_read = on_read
        self._observers: dict[str, Callable[[Any], None]] = {
            topics.comments.name: self._observe_input,
            topics.predictions.name: self._observe_prediction,
            topics.alerts.name: self._observe_alert,
            topics.dead_letters.name: self._observe_dead_letter,
        }
        self._inputs = source.partitions(topics.comments.name)
        self._outputs = [
            each
            for topic in (topics.predictions, topics.alerts, topics.dead_letters)
            for each in source.partitions(topic.name)
        ]
        self._read_until: dict[Partition, int] = {}
        self._scope: dict[Partition, int] = {}

    async def open(self) -> None:
        """Learn where the logs begin; call once, first."""
        self._read_until = await self._source.starts(self._inputs + self._outputs)
        for topic, partition in self._inputs:
            self.accounts.open_partition(partition, self._read_until[topic, partition])

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
        stretches = {where: (self._read_until[where], end) for where, end in ends.items()}
        await self._source.read(stretches, self._observe)
        self._read_until |= ends

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
        self.accounts.observe_prediction(_position(record), read_prediction(record.value, record.headers))

    def _observe_alert(self, record: Any) -> None:
        self.accounts.observe_alert(_position(record), read_alert(record.value, record.headers))

    def _observe_dead_letter(self, record: Any) -> None:
        rejected = read_dead_letter(record.key, record.value, record.headers)
        self.accounts.observe_dead_letter(_position(record), rejected)


def _position(record: Any) -> Position:
    return Position(record.topic, record.partition, record.offset)


def names(topics: Topics) -> list[str]:
    """Return the names of the topics that an account is made from."""
    return [each.name for each in (topics.comments, topics.predictions, topics.alerts, topics.dead_letters)]


async def audit_once(
    bootstrap: str,
    topics: Topics,
    threshold: float,
    *,
    wait_s: float = 0.0,
    on_read: Callable[[int], None] = lambda count: None,
) -> Verdict:
    """Account for the inputs that are there now; see `modstream.verify.verify`."""
    async with reader(bootstrap, names(topics)) as source:
        audit = Audit(topics, threshold, source, on_read)
        await audit.open()
        await audit.take_in()
        await audit.read()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_s
        while not audit.accounts.settled and loop.time() < deadline:
            await asyncio.sleep(min(PAUSE_S, max(0.0, deadline - loop.time())))
            await audit.read()
        return audit.accounts.verdict()


async def audit_until_stopped(
    bootstrap: str,
    topics: Topics,
    threshold: float,
    *,
    should_stop: Callable[[], bool],
    on_round: Callable[[Verdict], None],
) -> Verdict:
    """Account for inputs as they come, show each standing to `on_round`, and return the last one.

    Asked to stop, it ends what it reads and reads once more; a broker that hangs does not keep it.

    Raises:
        ReadingFailedError: If the last reading is not done `LAST_READING_WITHIN_S` after the request to stop.
    """
    following = asyncio.create_task(_follow(bootstrap, topics, threshold, should_stop, on_round))
    while not (following.done() or should_stop()):
        await asyncio.wait({following}, timeout=HEARD_WITHIN_S)
    await asyncio.wait({following}, timeout=LAST_READING_WITHIN_S)
    if not following.done():
        following.cancel()
        raise ReadingFailedError(bootstrap, f"stopped, and {LAST_READING_WITHIN_S:g} s were not enough")
    return following.result()


async def _follow(
    bootstrap: str,
    topics: Topics,
    threshold: float,
    should_stop: Callable[[], bool],
    on_round: Callable[[Verdict], None],
) -> Verdict:
    async with reader(bootstrap, names(topics)) as source:
        audit = Audit(topics, threshold, source, on_read=lambda count: None)
        await audit.open()
        while not should_stop():
            await audit.take_in()
            await audit.read()
            on_round(audit.accounts.verdict())
            await asyncio.sleep(PAUSE_S)
        await audit.read()
        return audit.accounts.verdict()
