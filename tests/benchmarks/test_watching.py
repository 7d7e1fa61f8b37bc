from collections.abc import Iterator
from typing import Any

from benchmarks.harness.usage import Usage
from benchmarks.harness.watching import EVERY_S, End, Watched, watch


def watched(outputs: Iterator[int], *, ends_after: int | None = None) -> Watched:
    """Watch a contender that gives these numbers, one a look, on a clock that only sleep moves."""
    now_s, looks = 0.0, 0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    def is_running() -> bool:
        nonlocal looks
        looks += 1
        return ends_after is None or looks <= ends_after

    return watch(
        lambda: next(outputs), 10, {}, is_running, stalled_after_s=1.0, clock=lambda: now_s, sleep=sleep
    )


def test_it_is_done_with_as_many_outputs_as_wanted() -> None:
    found = watched(iter([0, 4, 10]))
    assert (found.end, [each.outputs for each in found.samples]) == (End.DONE, [0, 4, 10])


def test_it_has_stalled_when_nothing_comes_for_too_long() -> None:
    found = watched(iter([0, 4] + [4] * 100))
    assert found.end is End.STALLED
    assert found.samples[-1].at_s - EVERY_S > 1.0


def test_what_a_process_wrote_before_it_ended_is_counted() -> None:
    found = watched(iter([0, 4, 7]), ends_after=2)
    assert (found.end, found.samples[-1].outputs) == (End.ENDED, 7)


def test_pause_between_looks_is_the_one_wanted() -> None:
    slept: list[float] = []
    numbers = iter([0, 5, 10])
    watch(lambda: next(numbers), 10, {}, lambda: True, every_s=7.0, sleep=slept.append)
    assert slept == [7.0, 7.0]


def test_each_further_output_is_told_once() -> None:
    told: list[int] = []
    numbers = iter([2, 2, 7, 10])
    watch(lambda: next(numbers), 10, {}, lambda: True, told.append, sleep=lambda seconds: None)
    assert told == [2, 5, 3]


def test_children_are_looked_for_when_the_first_outputs_are_there() -> None:
    asked: list[bool] = []

    class Asked:
        def usage(self, *, anew: bool) -> Usage:
            asked.append(anew)
            return Usage()

    family: Any = Asked()
    numbers = iter([0, 0, 3, 7, 10])
    watch(lambda: next(numbers), 10, {"worker": family}, lambda: True, sleep=lambda seconds: None)
    assert asked == [False, False, True, False, False]
