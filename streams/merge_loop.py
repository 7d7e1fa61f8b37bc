"""What the agent that merges windows does with each batch, across restarts and moves."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from streams.errors import InvalidPartialError
from streams.merging import NOTHING, Merger, span_of
from streams.offsets import Partition
from streams.partition_log import PartitionLogs
from streams.records import Output, SourceRecord, encode
from streams.topics import Topics
from streams.window_records import Forgotten, Partial, parse_partial

logger = logging.getLogger(__name__)

PAUSE_EVERY = 100
"""Partials between two pauses."""


class MergeLoop:
    """A `Merger` that survives: made anew from the topic at each assignment."""

    def __init__(self, topics: Topics, logs: PartitionLogs, *, provisional: bool) -> None:
        self._topics = topics
        self._logs = logs
        self._provisional = provisional
        self._merger = Merger(provisional=provisional)
        self._assignment = 0
        self._deletions: list[Output] = []

    async def handle(self, records: Sequence[SourceRecord], assignment: int) -> list[Output]:
        """Return what goes on the topics for records of the topic of partial windows.

        Partials that nobody needs are deleted with the next batch: by then the statistics that were made of
        them are known to be published.

        Raises:
            StateError: If the topic cannot be read.
        """
        if assignment != self._assignment:
            await self._begin_at(records[0].offset)
            self._assignment = assignment
        outputs = self._deletions
        useless: list[bytes] = []
        for record in records:
            told = _told(record)
            merged = NOTHING if told is None else self._merger.fold(told, record.offset)
            useless += merged.useless
            outputs += [
                Output(self._topics.window_stats.name, None, row.key, encode(row), [])
                for row in merged.statistics
            ]
        self._deletions = self._deletions_of(useless)
        return outputs

    def _deletions_of(self, keys: Sequence[bytes]) -> list[Output]:
        """Return what deletes partials, after a word of what was published for good."""
        if not keys:
            return []
        partials, until = self._topics.window_partials.name, self._merger.over_s
        deletions = [Output(partials, 0, key, None, []) for key in keys]
        if until == -math.inf:
            return deletions
        return [Output(partials, 0, Forgotten.key, encode(Forgotten(until=until)), []), *deletions]

    async def _begin_at(self, offset: int) -> None:
        """Become what a merger is that has read everything before an offset."""
        records = await self._logs.records(Partition(self._topics.window_partials.name, 0))
        told = []
        async for each in _with_pauses(records):
            told.append((each.offset, _told(each, warn=each.offset < offset)))
        over_s = max((each.until for _, each in told if isinstance(each, Forgotten)), default=-math.inf)
        self._merger = Merger(provisional=self._provisional, over_s=over_s)
        useless: list[bytes] = []
        async for at, each in _with_pauses(told):
            if at < offset and each is not None:
                useless += self._merger.fold(each, at).useless
        deleted = {span for record in records if record.value is None and (span := span_of(record.key))}
        self._deletions = self._deletions_of(useless + self._merger.drop(deleted))


async def _with_pauses[T](many: Iterable[T]) -> AsyncIterator[T]:
    """Yield all, and let others have the event loop now and then: Kafka's heartbeats are in it."""
    for count, each in enumerate(many, start=1):
        yield each
        if count % PAUSE_EVERY == 0:
            await asyncio.sleep(0)


def _told(record: Any, *, warn: bool = True) -> Partial | None:
    """Return what a record tells, None if it deletes or cannot be read."""
    if record.value is None:
        return None
    try:
        return parse_partial(record.value)
    except InvalidPartialError as error:
        if warn:
            logger.warning("offset %d passed over: %s", record.offset, error)
        return None
