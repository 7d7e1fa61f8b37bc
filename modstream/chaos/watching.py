"""Samples a pipeline, several times a second, whether its broker is there or not."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from modstream.chaos.errors import ThreadEndedError
from modstream.chaos.offsets import NoAnswerError, OffsetAsker
from modstream.local_kafka.probe import LOOPBACK

if TYPE_CHECKING:
    from modstream.chaos.stack import Stack

EVERY_S = 0.25
MEMORY_EVERY = 4
"""Memory is looked at in one of so many samples: it takes longer."""


class Sample(Struct, frozen=True):
    """The pipeline at one moment; each tuple has a number for each partition of the comments' topic."""

    at_s: float
    inputs: tuple[int, ...]
    """Records on the comments' topic."""
    outputs: tuple[int, ...]
    """Predictions and dead letters."""
    committed: tuple[int, ...]
    """Comments that the group is done with."""

    @property
    def lag(self) -> int:
        """Return how many comments the group is not done with."""
        return sum(self.inputs) - sum(self.committed)


class MemorySample(Struct, frozen=True):
    """Resident memory at one moment, in bytes, by member; what does not run is not in it."""

    at_s: float
    by_member: dict[str, int]


class Watcher(threading.Thread):
    """Takes samples until it is stopped; while the broker is away there are none of its offsets."""

    def __init__(self, stack: "Stack", clock: Callable[[], float]) -> None:
        """Prepare to watch.

        Args:
            stack: The pipeline; its offsets all begin at 0.
            clock: Seconds after the start.
        """
        super().__init__(name="watcher", daemon=True)
        self._stack = stack
        self._clock = clock
        self._enough = threading.Event()
        self._error: Exception | None = None
        self.samples: list[Sample] = []
        self.memory: list[MemorySample] = []

    @property
    def latest(self) -> Sample | None:
        """Return the last sample.

        Raises:
            ThreadEndedError: If watching ended with an error.
        """
        if self._error is not None:
            raise ThreadEndedError(self.name, self._error) from self._error
        return self.samples[-1] if self.samples else None

    def stop(self) -> None:
        """Stop watching."""
        self._enough.set()
        if self.is_alive():
            self.join(5.0)

    def run(self) -> None:
        """Watch until told to stop."""
        try:
            with OffsetAsker(LOOPBACK, self._stack.port) as asker:
                turn = 0
                while not self._enough.wait(EVERY_S):
                    self._look(asker)
                    if turn % MEMORY_EVERY == 0:
                        self._weigh()
                    turn += 1
        except Exception as error:  # the thread's outermost edge: told to whoever asks for the latest
            self._error = error

    def _look(self, asker: OffsetAsker) -> None:
        topics = self._stack.topics
        numbers = range(topics.comments.partitions)
        partitions = [
            (topic.name, number)
            for topic in (topics.comments, topics.predictions, topics.dead_letters)
            for number in numbers
        ]
        try:
            # In this order: what is committed was on the topic before.
            committed = asker.committed(self._stack.group, partitions[: len(numbers)])
            ends = asker.ends(partitions)
        except NoAnswerError:
            return
        self.samples.append(
            Sample(
                self._clock(),
                inputs=tuple(ends[topics.comments.name, number] for number in numbers),
                outputs=tuple(
                    ends[topics.predictions.name, number] + ends[topics.dead_letters.name, number]
                    for number in numbers
                ),
                committed=tuple(committed[topics.comments.name, number] for number in numbers),
            )
        )

    def _weigh(self) -> None:
        weights = {name: member.memory_bytes() for name, member in list(self._stack.members.items())}
        found = {name: weight for name, weight in weights.items() if weight is not None}
        self.memory.append(MemorySample(self._clock(), found))
