import pytest

from benchmarks.throughput.oversized import (
    EARLIER,
    LATER,
    LIMIT_BYTES,
    OVERSIZED_ID,
    Behaviour,
    Facts,
    behaviour,
    earlier,
    later,
    places,
)


def make_facts(**changes: int) -> Facts:
    whole = {"published": False, "parked": False, "earlier_done": EARLIER, "later_done": LATER, "stops": 0}
    return Facts(**{**whole, **changes})  # type: ignore[arg-type]  # bool is int


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (make_facts(published=True), Behaviour.PUBLISHED),
        (make_facts(parked=True), Behaviour.PARKED),
        (make_facts(), Behaviour.LOST_ALONE),
        (make_facts(earlier_done=EARLIER - 1), Behaviour.LOST_MORE),
        (make_facts(parked=True, earlier_done=EARLIER - 1), Behaviour.LOST_MORE),
        (make_facts(stops=1), Behaviour.RECOVERED),
        (make_facts(stops=2, later_done=0), Behaviour.STOPPED),
        (make_facts(stops=1, later_done=LATER - 1), Behaviour.STOPPED),
        (make_facts(later_done=0), Behaviour.BLOCKED),
    ],
    ids=lambda each: each.name if isinstance(each, Behaviour) else "",
)
def test_behaviour(facts: Facts, expected: Behaviour) -> None:
    assert behaviour(facts) is expected


def test_only_one_comment_is_larger_than_the_topics_take() -> None:
    large = [each.id for each in earlier() if len(each.body) > LIMIT_BYTES]
    assert large == [OVERSIZED_ID]
    assert sum(len(each.body) for each in [*earlier(), *later()] if each.id != OVERSIZED_ID) < LIMIT_BYTES


def test_later_comments_are_others() -> None:
    both = [each.id for each in [*earlier(), *later()]]
    assert len(set(both)) == len(both) == EARLIER + LATER + 1


def test_places_count_within_each_partition() -> None:
    found = places("t", earlier())
    assert len(set(found.values())) == EARLIER + 1
    by_partition: dict[str, list[int]] = {}
    for place in found.values():
        partition, _, offset = place.rpartition(":")
        by_partition.setdefault(partition, []).append(int(offset))
    assert all(offsets == list(range(len(offsets))) for offsets in by_partition.values())
