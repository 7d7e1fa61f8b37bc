"""Reads the newest windows from Kafka, and goes on as new statistics come.

A topic may hold weeks of statistics, and nobody waits for them. So the ends of the partitions are read first.
If as many windows are in there as are wanted, then all records about those, and about any that is newer,
are younger than the oldest one's start, but for the clocks: a window exists once a comment of its time was
counted, and no comment counts whose time is ahead of its Kafka timestamp by more than MOD_MAX_AHEAD_S. The
rest is read from there. Where windows are old, as after a replay of old comments, that is the whole topic.
(A comment whose record has no Kafka timestamp may be further ahead: its window can be missed.)
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from modstream.errors import KafkaUnreachableError
from modstream.verify.errors import ReadingFailedError, ReadingStalledError
from modstream.verify.reading import Reader, reader
from modstream.windows.statistics import NewestWindows, Row
from streams.kafka_cluster import Cluster

TAIL = 2_000
"""Records at the end of each partition that are read first."""

CLOCKS_APART_S = 3_900.0
"""How far clocks may be apart: Kafka takes records up to an hour ahead of it; the rest is the workers'."""

PAUSE_S = 0.5
HEARD_WITHIN_S = 0.1

LOST = (KafkaUnreachableError, ReadingStalledError, ReadingFailedError)
"""What it looks like when a broker goes away."""

TRY_AGAIN_S = 2.0
"""Between two attempts to reach a broker that was there before."""


class WindowReading:
    """Brings what is on the topic to the windows that are kept."""

    def __init__(
        self, source: Reader, topic: str, newest: NewestWindows, on_read: Callable[[int], None]
    ) -> None:
        self._source = source
        self._partitions = source.partitions(topic)
        self._newest = newest
        self._on_read = on_read
        self._read_until: dict[tuple[str, int], int] = {}
        self._changed: dict[bytes, Row] = {}

    def continue_from(self, source: Reader) -> None:
        """Read what comes from now on from another source of the same topic: a connection anew."""
        self._source = source

    async def begin(self, max_ahead_s: float) -> None:
        """Read what is there: the ends, then all that can be about the windows to be kept.

        Args:
            max_ahead_s: How far a comment's time may be ahead of its record's Kafka timestamp.
        """
        starts = await self._source.starts(self._partitions)
        ends = await self._source.ends(self._partitions)
        tails = {where: max(starts[where], end - TAIL) for where, end in ends.items()}
        await self._source.read({where: (tails[where], end) for where, end in ends.items()}, self._observe)
        oldest_s = self._newest.oldest_s
        if self._newest.is_full and oldest_s is not None:
            since_ms = int(max(0.0, oldest_s - max_ahead_s - CLOCKS_APART_S) * 1_000)
            starts = tails | await self._source.offsets_at(dict.fromkeys(self._partitions, since_ms))
        await self._source.read(
            {where: (starts[where], tail) for where, tail in tails.items() if starts[where] < tail},
            self._observe,
        )
        self._read_until = ends
        self._changed.clear()

    async def go_on(self) -> list[Row]:
        """Read what has come since; return the rows that it has changed, oldest change first."""
        ends = await self._source.ends(self._partitions)
        lost = [
            where for where, end in ends.items() if end < self._read_until[where]
        ]  # the topic was made anew
        begins = self._read_until | (await self._source.starts(lost) if lost else {})
        stretches = {where: (begins[where], end) for where, end in ends.items()}
        await self._source.read(stretches, self._observe)
        self._read_until = ends
        changed, self._changed = list(self._changed.values()), {}
        return changed

    def _observe(self, record: Any) -> None:
        self._on_read(1)
        row = self._newest.observe(record.value, record.timestamp / 1_000 if record.timestamp >= 0 else None)
        if row is not None:
            self._changed[row.stats.key] = row


async def read_once(
    cluster: Cluster,
    topic: str,
    newest: NewestWindows,
    max_ahead_s: float,
    on_read: Callable[[int], None] = lambda count: None,
) -> None:
    """Bring what is on the topic to `newest`.

    Args:
        cluster: Where to connect.
        topic: The statistics' topic.
        newest: Which windows are wanted.
        max_ahead_s: As for `WindowReading.begin`.
        on_read: Called with each further number of records read.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If the topic does not exist.
        ReadingStalledError: If the broker stops giving records.
        ReadingFailedError: If a request fails.
    """
    async with reader(cluster, [topic]) as source:
        await WindowReading(source, topic, newest, on_read).begin(max_ahead_s)


async def follow(
    cluster: Cluster,
    topic: str,
    newest: NewestWindows,
    max_ahead_s: float,
    *,
    should_stop: Callable[[], bool],
    on_change: Callable[[Sequence[Row]], None],
    on_lost: Callable[[], None],
) -> None:
    """Do the same, and go on until asked to stop, also when the broker is away for a while.

    A broker that hangs does not keep it from stopping.

    Args:
        cluster: As for `read_once`.
        topic: As for `read_once`.
        newest: As for `read_once`.
        max_ahead_s: As for `read_once`.
        should_stop: Asked often.
        on_change: Called once with no rows when what is there has been read, then with the rows that change.
        on_lost: Called each time that the broker has answered and does not any more.

    Raises:
        KafkaUnreachableError: If no broker answers at the beginning.
        TopicsMissingError: If the topic does not exist.
        ReadingStalledError: If the broker stops giving records at the beginning.
        ReadingFailedError: If a request fails at the beginning.
    """
    following = asyncio.create_task(_follow(cluster, topic, newest, max_ahead_s, on_change, on_lost))
    while not (following.done() or should_stop()):
        await asyncio.wait({following}, timeout=HEARD_WITHIN_S)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def _follow(
    cluster: Cluster,
    topic: str,
    newest: NewestWindows,
    max_ahead_s: float,
    on_change: Callable[[Sequence[Row]], None],
    on_lost: Callable[[], None],
) -> None:
    reading: WindowReading | None = None
    is_lost = False
    while True:
        try:
            async with reader(cluster, [topic]) as source:
                if reading is None:
                    begun = WindowReading(source, topic, newest, lambda count: None)
                    await begun.begin(max_ahead_s)
                    on_change([])
                    reading = begun
                reading.continue_from(source)
                while True:
                    changed = await reading.go_on()
                    is_lost = False
                    if changed:
                        on_change(changed)
                    await asyncio.sleep(PAUSE_S)
        except LOST:
            if reading is None:
                raise
            if not is_lost:
                on_lost()
            is_lost = True
            await asyncio.sleep(TRY_AGAIN_S)
