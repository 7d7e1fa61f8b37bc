"""What the agent that merges windows does with each batch, across restarts and moves."""

import logging
from collections.abc import Sequence

from streams.errors import InvalidPartialError
from streams.merging import NOTHING, Merged, Merger, span_of
from streams.offsets import Partition
from streams.partition_log import PartitionLogs
from streams.records import Output, SourceRecord, encode
from streams.topics import Topics
from streams.window_records import parse_partial

logger = logging.getLogger(__name__)


class MergeLoop:
    """A `Merger` that survives: made anew from the topic at each assignment."""

    def __init__(self, topics: Topics, logs: PartitionLogs, *, provisional: bool) -> None:
        self._topics = topics
        self._logs = logs
        self._provisional = provisional
        self._merger = Merger(provisional=provisional)
        self._assignment = 0
        self._useless: list[bytes] = []

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
        topics, useless = self._topics, self._useless
        self._useless = []
        outputs = [Output(topics.window_partials.name, 0, key, None, []) for key in useless]
        for record in records:
            merged = _fold(self._merger, record.value, record.offset)
            self._useless += merged.useless
            outputs += [
                Output(topics.window_stats.name, None, row.key, encode(row), []) for row in merged.statistics
            ]
        return outputs

    async def _begin_at(self, offset: int) -> None:
        """Become what a merger is that has read everything before an offset."""
        merger = Merger(provisional=self._provisional)
        records = await self._logs.records(Partition(self._topics.window_partials.name, 0))
        useless: list[bytes] = []
        for record in records:
            if record.offset < offset:
                useless += _fold(merger, record.value, record.offset).useless
        deleted = {span for record in records if record.value is None and (span := span_of(record.key))}
        self._merger, self._useless = merger, useless + merger.drop(deleted)


def _fold(merger: Merger, value: bytes | None, offset: int) -> Merged:
    if value is None:
        return NOTHING
    try:
        return merger.fold(parse_partial(value), offset)
    except InvalidPartialError as error:
        logger.warning("offset %d passed over: %s", offset, error)
        return NOTHING
