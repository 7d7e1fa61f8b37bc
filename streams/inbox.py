"""What was fetched and nobody works on yet: whole stretches of partitions, as Kafka gave them."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.offsets import Partition
from streams.records import SourceRecord


class Stretch(NamedTuple):
    """Records of one partition in the order of their offsets, read under one assignment."""

    assignment: int
    """The number of the group's assignment that they were read under."""
    partition: Partition
    records: Sequence[SourceRecord]


class Inbox:
    """Stretches of one topic, first come, first served; for one event loop."""

    def __init__(self) -> None:
        self._stretches: deque[Stretch] = deque()
        self._news = asyncio.Event()
        self.records = 0
        """How many records there are."""
        self.bytes = 0
        """How many bytes their values have."""

    def put(self, stretch: Stretch) -> None:
        """Add a stretch that is not empty."""
        self._stretches.append(stretch)
        self.records += len(stretch.records)
        self.bytes += _bytes_of(stretch.records)
        self._news.set()

    def take(self, most: int, most_bytes: int) -> list[Stretch]:
        """Take records until there are `most`, or one more would be too long together; but at least one.

        A stretch that is not wanted whole is cut, and its rest comes first the next time.
        """
        taken: list[Stretch] = []
        size = 0
        while self._stretches and most > 0:
            stretch = self._stretches[0]
            count, its_bytes = _fitting(stretch.records, most, most_bytes - size, at_least=0 if taken else 1)
            if not count:
                break
            self._stretches.popleft()
            if count < len(stretch.records):
                self._stretches.appendleft(stretch._replace(records=stretch.records[count:]))
                stretch = stretch._replace(records=stretch.records[:count])
            taken.append(stretch)
            most -= count
            size += its_bytes
            self.records -= count
            self.bytes -= its_bytes
        return taken

    def partitions(self) -> Iterator[Partition]:
        """Yield the partition of each stretch."""
        return (stretch.partition for stretch in self._stretches)

    def wake(self) -> None:
        """Let whoever waits for news look again."""
        self._news.set()

    async def news(self, within_s: float | None = None) -> None:
        """Return when something has come, or after so many seconds; await nothing between a look and this."""
        self._news.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._news.wait()
        except TimeoutError:
            pass


def _bytes_of(records: Sequence[SourceRecord]) -> int:
    return sum([len(record.value) for record in records if record.value is not None])


def _fitting(records: Sequence[SourceRecord], most: int, most_bytes: int, at_least: int) -> tuple[int, int]:
    """Return how many of the first records fit, and how many bytes these have."""
    if len(records) <= most and (size := _bytes_of(records)) <= most_bytes:
        return len(records), size
    count = size = 0
    for record in records[:most]:
        longer = size + len(record.value or b"")
        if longer > most_bytes and count >= at_least:
            break
        count, size = count + 1, longer
    return count, size
