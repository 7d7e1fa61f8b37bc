"""A worker's life in any order of events: whatever happens, no commit passes an unpublished comment.

The machine is one partition of Kafka and the protocol of `agents/moderate.py` around the ledger: batches are
claimed in order, finished in any order, published in their turn, given back, committed now and then;
partitions are revoked and assigned anew, workers crash and start again.
"""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.offsets import Claim, ClaimState, OffsetLedger, Partition, Turn

P = Partition("reddit_stream", 0)


class WorkerLife(RuleBasedStateMachine):
    """What the rules do to a log with holes, a ledger, and the outputs so far."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[int] = []
        self.ledger = OffsetLedger()
        self.in_hand: list[tuple[Claim, list[int]]] = []
        self.committed = 0
        self.position = 0
        self.published: list[int] = []

    @initialize(holes=st.lists(st.integers(0, 3), min_size=1, max_size=30))
    def fill_log(self, holes: list[int]) -> None:
        offset = -1
        for hole in holes:
            offset += 1 + hole
            self.log.append(offset)

    @rule(count=st.integers(1, 5))
    def take_a_batch(self, count: int) -> None:
        offsets = [offset for offset in self.log if offset >= self.position][:count]
        if offsets:
            self.in_hand.append((self.ledger.claim(P, offsets[0], offsets[-1]), offsets))
            self.position = offsets[-1] + 1

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def finish_one(self, data: Any) -> None:
        claim, offsets = data.draw(st.sampled_from(self.in_hand))
        turn = self.ledger.turn([claim])
        if turn is Turn.NOW:
            self.commit()
            self.published += offsets
            self.ledger.settle([claim], ClaimState.FINISHED)
        elif turn is Turn.NEVER:
            self.ledger.settle([claim], ClaimState.ABANDONED)
        if turn is not Turn.LATER:
            self.in_hand.remove((claim, offsets))

    @precondition(lambda self: self.in_hand)
    @rule(data=st.data())
    def give_one_back(self, data: Any) -> None:
        claim, offsets = data.draw(st.sampled_from(self.in_hand))
        self.ledger.settle([claim], ClaimState.ABANDONED)
        self.in_hand.remove((claim, offsets))

    @rule()
    def commit(self) -> None:
        self.committed = max(self.committed, self.ledger.committable().get(P, 0))

    @rule()
    def commit_is_refused(self) -> None:
        """The partition has another owner by now; this worker hears of it with the next assignment."""
        self.ledger.abandon_all()

    @rule()
    def partitions_move(self) -> None:
        """The drain is over, late work goes on: its turn never comes, and its commits count for nothing."""
        self.ledger.abandon_all()
        self.commit()
        self.ledger.forget()
        self.position = self.committed

    @rule()
    def crash(self) -> None:
        self.in_hand.clear()
        self.ledger = OffsetLedger()
        self.position = self.committed

    @invariant()
    def no_commit_passes_an_unpublished_comment(self) -> None:
        assert {offset for offset in self.log if offset < self.committed} <= set(self.published)

    @invariant()
    def comments_come_out_in_order(self) -> None:
        first_time = list(dict.fromkeys(self.published))
        assert first_time == sorted(first_time)

    def teardown(self) -> None:
        """Left alone, a new worker always reaches the end."""
        self.crash()
        while self.position <= (self.log[-1] if self.log else -1):
            self.take_a_batch(count=3)
            claim, offsets = self.in_hand.pop()
            assert self.ledger.turn([claim]) is Turn.NOW
            self.published += offsets
            self.ledger.settle([claim], ClaimState.FINISHED)
            self.commit()
        assert set(self.published) == set(self.log)
        assert not self.log or self.committed == self.log[-1] + 1


TestWorkerLife = WorkerLife.TestCase
TestWorkerLife.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
