from collections import Counter

import pytest

from benchmarks.harness.comments import Mix
from benchmarks.throughput.schedule import WARM_UP, Turn, rotated, turns

NAMES = ["a", "b", "c"]


def test_everybody_has_a_turn_in_each_round_and_mix() -> None:
    found = Counter(turns(NAMES, [*Mix], 2, warm_up=False))
    assert found == Counter(Turn(number, mix, name) for number in (1, 2) for mix in Mix for name in NAMES)


def test_rounds_begin_with_another_contender() -> None:
    found = [*turns(NAMES, [Mix.SEEN], 4, warm_up=False)]
    assert [each.contender for each in found[::3]] == ["a", "b", "c", "a"]


def test_warm_up_comes_first_and_once() -> None:
    found = [*turns(NAMES, [*Mix], 1, warm_up=True)]
    assert found[:3] == [Turn(WARM_UP, Mix.SEEN, name) for name in NAMES]
    assert all(each.round == 1 for each in found[3:])


def test_some_have_a_turn_in_every_mix() -> None:
    found = [*turns(NAMES, [Mix.SEEN], 1, warm_up=False, everywhere=["b"])]
    assert [each.contender for each in found if each.mix is Mix.SEEN] == NAMES
    assert [each.contender for each in found if each.mix is Mix.UNSEEN] == ["b"]


@pytest.mark.parametrize(("by", "expected"), [(0, "abc"), (1, "bca"), (3, "abc"), (4, "bca")], ids=str)
def test_rotated(by: int, expected: str) -> None:
    assert rotated(NAMES, by) == [*expected]


def test_nobody_rotates() -> None:
    assert rotated([], 2) == []
