"""The recount is what the definition says, whenever it is asked."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from modstream.windows.recount import Recount
from streams.window_records import WindowStats
from streams.windows import EVERYTHING, Observation, WindowSpec

MINUTES = WindowSpec(60, 60, 30.0)


def seen(event_time_s: float, subreddit: str | None = "a", probability: float = 0.4) -> Observation:
    return Observation.of(event_time_s, subreddit, probability, alert=probability > 0.5)


def recount_of(*partitions: list[float]) -> Recount:
    recount = Recount(MINUTES, len(partitions))
    for number, times in enumerate(partitions):
        for time in times:
            recount.observe(number, seen(time))
    return recount


def counts(rows: list[WindowStats]) -> list[tuple[int, str, int]]:
    return [(row.window_start, row.subreddit, row.count) for row in rows]


def test_nothing_comes_of_no_comment() -> None:
    recount = Recount(MINUTES, 2)
    assert [*recount.settled(), *recount.standing(), *recount.finish()] == []


def test_windows_are_added_up_over_the_partitions_and_come_oldest_first() -> None:
    recount = recount_of([10.0, 70.0], [20.0, 30.0])
    assert counts([*recount.finish()]) == [(0, "*", 3), (0, "a", 3), (60, "*", 1), (60, "a", 1)]


def test_row_has_every_figure_and_is_final() -> None:
    recount = Recount(MINUTES, 1)
    for each in (seen(110.0, probability=0.6), seen(80.0, probability=0.2), seen(79.0)):
        recount.observe(0, each)
    everything, row = recount.finish()
    assert (everything.subreddit, row.subreddit) == (EVERYTHING, "a")
    for told in (everything, row):
        assert (told.window_start, told.window_end, told.final, told.revision) == (60, 120, True, 0)
        assert (told.count, told.alerts, told.late, told.mean_probability) == (2, 1, 1, 0.4)
        assert {place: n for place, n in enumerate(told.probability_histogram) if n} == {4: 1, 12: 1}


def test_comments_that_are_late_are_told_by_how_much() -> None:
    recount = Recount(MINUTES, 1)
    assert [recount.observe(0, seen(time)) for time in (100.0, 70.0, 69.0)] == [None, None, 1.0]


def test_comment_ahead_of_its_time_is_counted_nowhere() -> None:
    recount = Recount(MINUTES, 1)
    assert recount.observe(0, Observation.of(10.0, "a", 0.4, alert=False, ahead=True)) is None
    assert list(recount.finish()) == []


def test_window_is_settled_when_every_partition_has_passed_its_end() -> None:
    recount = recount_of([10.0, 90.0], [20.0, 89.0])
    assert list(recount.settled()) == []
    recount.observe(1, seen(90.0))
    assert counts([*recount.settled()]) == [(0, "*", 2), (0, "a", 2)]
    assert list(recount.settled()) == []
    assert counts([*recount.finish()]) == [(60, "*", 3), (60, "a", 3)]


def test_nothing_is_settled_while_a_partition_has_no_comment() -> None:
    recount = recount_of([10.0, 500.0], [])
    assert list(recount.settled()) == []
    assert counts([*recount.finish()])[:2] == [(0, "*", 1), (0, "a", 1)]


def test_what_stands_is_told_without_being_forgotten() -> None:
    recount = recount_of([10.0, 90.0], [20.0])
    first = counts([*recount.standing()])
    assert first == [(0, "*", 2), (0, "a", 2), (60, "*", 1), (60, "a", 1)]
    assert counts([*recount.standing()]) == first
    assert counts([*recount.finish()]) == first


@given(
    st.lists(st.lists(st.integers(0, 400), max_size=20), min_size=1, max_size=3),
    st.sampled_from([(60, 60), (60, 20), (10, 10)]),
    st.sampled_from([0, 30, 100]),
    st.sets(st.integers(0, 60)),
)
def test_recount_is_the_plain_count_however_often_it_is_asked(
    partitions: list[list[int]], cut: tuple[int, int], lateness_s: int, asked: set[int]
) -> None:
    size, step = cut
    recount = Recount(WindowSpec(size, step, lateness_s), len(partitions))
    told: list[WindowStats] = []
    expected: Counter[int] = Counter()
    for number, times in enumerate(partitions):
        for place, time in enumerate(times):
            recount.observe(number, seen(time))
            if place in asked:
                told += recount.settled()
                list(recount.standing())
            if time >= max(times[:place], default=0) - lateness_s:
                expected.update(start for start in range(-size, 500, step) if start <= time < start + size)
    told += recount.finish()
    found = {row.window_start: row.count for row in told if row.subreddit == EVERYTHING and row.count}
    assert found == expected
    assert len({row.key for row in told}) == len(told), "each row is told once"
