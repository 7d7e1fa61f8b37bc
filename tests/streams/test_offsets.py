"""The ledger is driven through random interleavings and compared with the plain rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.offsets import ClaimState, OffsetLedger, Partition

P0, P1 = Partition("reddit_stream", 0), Partition("reddit_stream", 1)


def test_nothing_is_committable_before_the_first_claim_is_finished() -> None:
    ledger = OffsetLedger()
    ledger.claim(P0, 0, 4)
    assert ledger.committable() == {}
    assert ledger.in_flight == 1


def test_commit_is_the_offset_after_the_last_finished_one() -> None:
    ledger = OffsetLedger()
    ledger.settle([ledger.claim(P0, 0, 4)], ClaimState.FINISHED)
    assert ledger.committable() == {P0: 5}
    assert ledger.in_flight == 0


@pytest.mark.parametrize(
    ("committed_up_to", "in_flight", "finished"),
    [
        pytest.param(10, (10, 10), (11, 13), id="one-in-flight-at-the-head"),
        pytest.param(None, (0, 4), (5, 7), id="nothing-committed-yet"),
        pytest.param(6, (9, 9), (10, 10), id="first-after-a-hole-in-flight"),
    ],
)
def test_commit_never_passes_work_in_flight(
    committed_up_to: int | None, in_flight: tuple[int, int], finished: tuple[int, int]
) -> None:
    """Faust 0.15.3 commits 14, 8 and 11 in these three cases (faust issue 606)."""
    ledger = OffsetLedger()
    if committed_up_to is not None:
        ledger.settle([ledger.claim(P0, 0, committed_up_to - 1)], ClaimState.FINISHED)
    first = ledger.claim(P0, *in_flight)
    second = ledger.claim(P0, *finished)

    ledger.settle([second], ClaimState.FINISHED)
    assert ledger.committable().get(P0) == committed_up_to

    ledger.settle([first], ClaimState.FINISHED)
    assert ledger.committable()[P0] == finished[1] + 1


def test_abandoned_claim_holds_the_commit_but_is_not_waited_for() -> None:
    ledger = OffsetLedger()
    first, second = ledger.claim(P0, 0, 4), ledger.claim(P0, 5, 9)
    ledger.settle([first], ClaimState.ABANDONED)
    ledger.settle([second], ClaimState.FINISHED)
    assert ledger.committable() == {}
    assert ledger.in_flight == 0


def test_work_that_is_given_up_may_still_be_finished() -> None:
    ledger = OffsetLedger()
    claim = ledger.claim(P0, 0, 4)
    assert ledger.abandon_all() == 1
    assert ledger.in_flight == 0
    ledger.settle([claim], ClaimState.FINISHED)
    assert ledger.committable() == {P0: 5}


def test_partitions_do_not_hold_each_other_back() -> None:
    ledger = OffsetLedger()
    ledger.claim(P0, 0, 4)
    ledger.settle([ledger.claim(P1, 7, 9)], ClaimState.FINISHED)
    assert ledger.committable() == {P1: 10}


def test_claim_from_before_an_assignment_changes_nothing() -> None:
    ledger = OffsetLedger()
    old = ledger.claim(P0, 0, 4)
    ledger.forget()
    ledger.claim(P0, 0, 2)
    ledger.settle([old], ClaimState.FINISHED)
    assert ledger.committable() == {}
    assert ledger.in_flight == 1


@pytest.mark.parametrize(("first", "last"), [(4, 6), (0, 1), (6, 5)], ids=["overlap", "before", "empty"])
def test_impossible_claim_raises(first: int, last: int) -> None:
    ledger = OffsetLedger()
    ledger.claim(P0, 0, 4)
    with pytest.raises(ValueError, match="cannot claim"):
        ledger.claim(P0, first, last)


@given(
    data=st.data(), widths=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=12)
)
def test_commit_is_the_end_of_the_finished_prefix_in_any_order(
    data: st.DataObject, widths: list[tuple[int, int]]
) -> None:
    ledger = OffsetLedger()
    claims, offset = [], 0
    for hole, width in widths:
        offset += hole
        claims.append(ledger.claim(P0, offset, offset + width - 1))
        offset += width

    finished: set[int] = set()
    for index in data.draw(st.permutations(range(len(claims)))):
        ledger.settle([claims[index]], ClaimState.FINISHED)
        finished.add(index)
        prefix = next((i for i in range(len(claims)) if i not in finished), len(claims))
        expected = claims[prefix - 1].end if prefix else None
        assert ledger.committable().get(P0) == expected
    assert ledger.committable()[P0] == offset
