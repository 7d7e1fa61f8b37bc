"""Which offset of each partition may be committed: the end of the contiguous, finished prefix."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple


class Partition(NamedTuple):
    """A topic partition; equal to the clients' own named tuples of the same two fields."""

    topic: str
    partition: int


class ClaimState(Enum):
    """Where the work on a claimed range of offsets stands."""

    IN_FLIGHT = auto()
    FINISHED = auto()
    ABANDONED = auto()


class Turn(Enum):
    """Whether work may be published now, so that each partition's outputs keep their source's order."""

    NOW = auto()
    LATER = auto()
    """Something before it is still in flight."""
    NEVER = auto()
    """It will be delivered again: it, or something before it, was abandoned or forgotten."""


@dataclass(eq=False)
class Claim:
    """A range of one partition's offsets that is being worked on."""

    partition: Partition
    end: int
    """The offset after the last one claimed: what would be committed once it is finished."""
    state: ClaimState = ClaimState.IN_FLIGHT


class OffsetLedger:
    """Keeps what is in flight in each partition, and what may be committed.

    A partition's commit is the end of its finished claims up to the first one that is not: holes in the
    numbering (compaction, transaction markers) make no difference, and work in flight is never passed.
    An abandoned claim holds its partition's commit where it is until the partition is forgotten, which
    happens at every assignment; Kafka then delivers from the commit again.
    """

    def __init__(self) -> None:
        self._claims: dict[Partition, deque[Claim]] = {}
        self._ends: dict[Partition, int] = {}
        self._committable: dict[Partition, int] = {}
        self._confirmed: dict[Partition, int] = {}

    def next_of(self, partition: Partition) -> int:
        """Return the first offset that has not been claimed since its partition was assigned."""
        return self._ends.get(partition, 0)

    def claim(self, partition: Partition, first: int, last: int) -> Claim:
        """Take the offsets from `first` to `last`, both included, into work.

        Raises:
            ValueError: If the range is empty or reaches back into what was claimed before.
        """
        known = self.next_of(partition)
        if last < first or first < known:
            raise ValueError(f"{partition}: cannot claim {first} to {last}, claimed up to {known} already")
        claim = Claim(partition, last + 1)
        self._claims.setdefault(partition, deque()).append(claim)
        self._confirmed.setdefault(partition, first)
        self._ends[partition] = claim.end
        return claim

    def turn(self, claims: Sequence[Claim]) -> Turn:
        """Return whether the outputs of these claims may be published now."""
        turns = {self._turn(claim) for claim in claims}
        return next((turn for turn in (Turn.NEVER, Turn.LATER) if turn in turns), Turn.NOW)

    def _turn(self, claim: Claim) -> Turn:
        for place, each in enumerate(self._claims.get(claim.partition, ())):
            if each.state is ClaimState.ABANDONED:
                return Turn.NEVER
            if each is claim:
                return Turn.LATER if place else Turn.NOW
        return Turn.NEVER  # forgotten

    def settle(self, claims: Iterable[Claim], state: ClaimState) -> None:
        """Mark claims as finished or abandoned; claims of forgotten partitions change nothing."""
        for claim in claims:
            claim.state = state
            self._advance(claim.partition)

    def abandon_all(self) -> int:
        """Stop waiting for what is in flight; return how many claims that were."""
        late = [
            claim for queue in self._claims.values() for claim in queue if claim.state is ClaimState.IN_FLIGHT
        ]
        self.settle(late, ClaimState.ABANDONED)
        return len(late)

    def _advance(self, partition: Partition) -> None:
        queue = self._claims.get(partition)
        while queue and queue[0].state is ClaimState.FINISHED:
            self._committable[partition] = queue.popleft().end

    def committable(self) -> Mapping[Partition, int]:
        """Return, for each partition with finished work, the next offset to read after a restart."""
        return self._committable

    def confirm(self, offsets: Mapping[Partition, int]) -> None:
        """Take note of what was committed."""
        for partition, offset in offsets.items():
            self._confirmed[partition] = max(offset, self._confirmed.get(partition, 0))

    def unconfirmed_with(self, claim: Claim) -> int:
        """Return how many offsets of a claim's partition, up to its end, are not known to be committed."""
        return max(0, claim.end - self._confirmed.get(claim.partition, 0))

    def most_unconfirmed(self) -> int:
        """Return how many finished offsets are not known to be committed, in the partition with the most."""
        return max((end - self._confirmed[each] for each, end in self._committable.items()), default=0)

    def unconfirmed(self, topic: str) -> int:
        """Return how many finished offsets of a topic are not known to be committed."""
        return sum(
            end - self._confirmed[each] for each, end in self._committable.items() if each.topic == topic
        )

    @property
    def in_flight(self) -> int:
        """Return how many claims are neither finished nor abandoned."""
        return sum(claim.state is ClaimState.IN_FLIGHT for queue in self._claims.values() for claim in queue)

    def is_busy(self, partition: Partition) -> bool:
        """Return whether a partition has work that is not finished."""
        return bool(self._claims.get(partition))

    def forget(self) -> None:
        """Drop everything: the partitions were assigned anew and start at their commits."""
        self._claims.clear()
        self._ends.clear()
        self._committable.clear()
        self._confirmed.clear()
