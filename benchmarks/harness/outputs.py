"""Reads what a contender wrote, and counts it against the comments."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from benchmarks.harness.lanes import Lane
from modstream.verify.reading import reader
from streams.records import EVENT_ID
from streams.topics import TopicSpec


class Counted(Struct, frozen=True):
    """What became of the comments, by the outputs on the topics."""

    comments: int
    predicted: int
    """Comments with at least one prediction."""
    dead_lettered: int
    """Comments that are dead letters instead."""
    repeated: int
    """Further outputs of comments that had one."""
    strange: int
    """Outputs that are no comment's."""
    appended: Mapping[int, int]
    """How many predictions the broker appended at each time, milliseconds since the epoch, in order."""

    @property
    def lost(self) -> int:
        """Return how many comments have no output at all."""
        return self.comments - self.predicted - self.dead_lettered


class Tally:
    """Counts outputs as they are read, in any order."""

    def __init__(self, topic: str, ends: Mapping[int, int]) -> None:
        """Count nothing yet.

        Args:
            topic: The comments' topic.
            ends: How many comments each of its partitions has.
        """
        self._places = {f"{topic}:{number}": bytearray(end) for number, end in ends.items()}
        self._dead: set[str] = set()
        self._comments = sum(ends.values())
        self._predicted = self._repeated = self._strange = 0
        self._times_ms: dict[int, int] = {}

    def predicted(self, event_id: str, appended_ms: int) -> None:
        """Count a prediction."""
        if self._takes(event_id):
            self._predicted += 1
            self._times_ms[appended_ms] = self._times_ms.get(appended_ms, 0) + 1

    def dead_lettered(self, event_id: str) -> None:
        """Count a dead letter."""
        if self._takes(event_id):
            self._dead.add(event_id)

    def is_predicted(self, event_id: str) -> bool:
        """Return whether a comment has a prediction."""
        place, _, offset = event_id.rpartition(":")
        return bool(self._places[place][int(offset)]) and event_id not in self._dead

    def is_dead_lettered(self, event_id: str) -> bool:
        """Return whether a comment is a dead letter."""
        return event_id in self._dead

    def counted(self) -> Counted:
        """Return the count."""
        return Counted(
            comments=self._comments,
            predicted=self._predicted,
            dead_lettered=len(self._dead),
            repeated=self._repeated,
            strange=self._strange,
            appended=dict(sorted(self._times_ms.items())),
        )

    def _takes(self, event_id: str) -> bool:
        """Return whether this is the first output of a comment."""
        place, _, digits = event_id.rpartition(":")
        seen = self._places.get(place)
        if seen is None or not digits.isdigit() or int(digits) >= len(seen):
            self._strange += 1
            return False
        offset = int(digits)
        if seen[offset]:
            self._repeated += 1
            return False
        seen[offset] = 1
        return True


class _Prediction(Struct):
    event_id: str


type Observe = Callable[[ConsumerRecord], None]
"""Is shown each record that is read."""


def read(lane: Lane, observe: Observe = lambda record: None, also: Sequence[TopicSpec] = ()) -> Tally:
    """Return all that is on a lane's predictions and dead letters now, counted.

    Args:
        lane: The topics.
        observe: Is shown every record that is read, in offset order within a partition.
        also: Further topics of the lane to read; nothing on them is counted.
    """
    return asyncio.run(_read(lane, observe, [each.name for each in also]))


async def _read(lane: Lane, observe: Observe, also: Sequence[str]) -> Tally:
    topics = lane.topics
    comments, predictions, letters = topics.comments.name, topics.predictions.name, topics.dead_letters.name
    decode = msgspec.json.Decoder(_Prediction).decode
    names = [*dict.fromkeys([comments, predictions, letters, *also])]
    async with reader(lane.cluster, names) as log:
        inputs = await log.ends(log.partitions(comments))
        tally = Tally(comments, {number: end for (_, number), end in inputs.items()})

        def count(record: ConsumerRecord) -> None:
            if record.topic == predictions:
                tally.predicted(decode(record.value).event_id, record.timestamp)
            elif record.topic == letters:
                tally.dead_lettered(dict(record.headers)[EVENT_ID].decode())
            observe(record)

        wanted = [where for name in {predictions, letters, *also} for where in log.partitions(name)]
        ends = await log.ends(wanted)
        await log.read({where: (0, end) for where, end in ends.items()}, count)
    return tally
