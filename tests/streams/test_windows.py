"""Windows in event time: which they are, what is late, when they close, and that sums are sums."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.windows import (
    BINS,
    LONGEST_NAME,
    MOST_SUBREDDITS,
    UNNAMED,
    Observation,
    PartitionWindows,
    Tally,
    Window,
    WindowSpec,
    total,
)

MINUTES = WindowSpec(60, 60, 30.0)
HOPPING = WindowSpec(60, 20, 30.0)


def seen(event_time_s: float, subreddit: str | None = "science", probability: float = 0.4) -> Observation:
    return Observation.of(event_time_s, subreddit, probability, alert=probability > 0.5)


def counted(windows: PartitionWindows) -> dict[tuple[int, int], int]:
    return {(each.start_s, each.end_s): total(each.rows.values()).count for each in windows.open()}


@pytest.mark.parametrize(
    ("event_time_s", "start"),
    [(0.0, 0), (59.999, 0), (60.0, 60), (119.0, 60), (1_700_000_000.5, 1_699_999_980)],
    ids=["epoch", "just before the end", "on the boundary", "inside", "today"],
)
def test_windows_are_aligned_to_the_epoch_and_half_open(event_time_s: float, start: int) -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(event_time_s))
    assert counted(windows) == {(start, start + 60): 1}


def test_overlapping_windows_each_count_a_comment() -> None:
    windows = PartitionWindows(HOPPING)
    windows.observe(seen(120.0))
    windows.observe(seen(139.0))
    windows.observe(seen(140.0))
    assert counted(windows) == {(80, 140): 2, (100, 160): 3, (120, 180): 3, (140, 200): 1}


@pytest.mark.parametrize(
    ("event_time_s", "below_s"),
    [(100.0, None), (70.0, None), (69.0, 1.0), (0.0, 70.0)],
    ids=["newest again", "at the watermark", "below it", "far below"],
)
def test_comment_is_late_below_the_watermark(event_time_s: float, below_s: float | None) -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(100.0))
    assert windows.observe(seen(event_time_s)) == below_s


def test_late_comment_is_told_of_in_the_newest_window_and_counted_in_none() -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(100.0))
    windows.observe(seen(61.0, "askscience"))  # its own window is still open, but the watermark is at 70
    (window,) = windows.open()
    assert window.start_s == 60
    assert {name: (tally.count, tally.late) for name, tally in window.rows.items()} == {
        "science": (1, 0),
        "askscience": (0, 1),
    }
    assert window.rows["askscience"].mean_probability is None


def test_comment_ahead_of_its_time_moves_nothing() -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(100.0))
    assert windows.observe(Observation.of(1e9, None, 0.9, alert=True, ahead=True)) is None
    assert windows.watermark_s == 70.0
    assert counted(windows) == {(60, 120): 1}


def test_window_closes_when_the_watermark_reaches_its_end_and_only_once() -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(50.0))
    windows.observe(seen(89.9))
    assert windows.close() == []
    windows.observe(seen(90.0))
    assert windows.count_open() == 2
    assert [(each.start_s, total(each.rows.values()).count) for each in windows.close()] == [(0, 1)]
    assert windows.close() == []
    assert windows.count_open() == 1
    assert counted(windows) == {(60, 120): 2}


def test_overlapping_windows_close_one_after_the_other() -> None:
    windows = PartitionWindows(HOPPING)
    windows.observe(seen(10.0))
    windows.observe(seen(110.0))
    assert [each.start_s for each in windows.close()] == [-40, -20, 0]
    assert counted(windows) == {(60, 120): 1, (80, 140): 1, (100, 160): 1}


def test_changes_are_told_once() -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(50.0))
    windows.observe(seen(70.0))
    assert [each.start_s for each in windows.take_changed()] == [0, 60]
    windows.observe(seen(71.0))
    assert [each.start_s for each in windows.take_changed()] == [60]
    assert windows.take_changed() == []


@pytest.mark.parametrize(
    "name", [None, "", "*", "x" * (LONGEST_NAME + 1)], ids=["none", "empty", "star", "too long"]
)
def test_name_that_cannot_have_a_row_counts_in_the_whole_alone(name: str | None) -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(1.0, name))
    assert list(windows.open()[0].rows) == [UNNAMED]


def test_number_of_subreddits_is_bounded() -> None:
    windows = PartitionWindows(MINUTES)
    for number in range(MOST_SUBREDDITS + 5):
        windows.observe(seen(1.0, f"r{number}"))
    windows.observe(seen(1.0, "r1"))
    (window,) = windows.open()
    assert len(window.rows) == MOST_SUBREDDITS + 1
    assert (window.rows[UNNAMED].count, window.rows["r1"].count) == (5, 2)


@pytest.mark.parametrize(
    ("probability", "bin_number"), [(0.0, 0), (0.05, 1), (0.4999, 9), (0.5, 10), (1.0, 19)]
)
def test_histogram_has_half_open_bins_but_for_the_last(probability: float, bin_number: int) -> None:
    windows = PartitionWindows(MINUTES)
    windows.observe(seen(1.0, probability=probability))
    (window,) = windows.open()
    assert window.rows["science"].histogram == [int(each == bin_number) for each in range(BINS)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.randoms(use_true_random=False))
def test_mean_is_the_mean_in_whatever_order(probabilities: list[float], order: object) -> None:
    tallies = [Tally(1, 0, round(each * 1e9), 0) for each in probabilities]
    mean = total(tallies).mean_probability
    order.shuffle(tallies)  # type: ignore[attr-defined]
    assert total(tallies).mean_probability == mean
    assert mean is not None
    assert math.isclose(mean, math.fsum(probabilities) / len(probabilities), abs_tol=1e-9)


@given(
    st.lists(st.integers(0, 600), max_size=60),
    st.sampled_from([(60, 60), (60, 20), (50, 10), (7, 7)]),
    st.integers(0, 90),
    st.lists(st.integers(1, 60)),
)
def test_windows_equal_a_recount_however_often_they_are_closed(
    times: list[int], cut: tuple[int, int], lateness_s: int, pauses: list[int]
) -> None:
    windows = PartitionWindows(WindowSpec(*cut, lateness_s))
    taken: list[Window] = []
    for place, time in enumerate(times):
        windows.observe(seen(time))
        if place in pauses:
            taken += windows.close()
    taken += windows.close() + windows.open()

    in_time = [time for place, time in enumerate(times) if time >= max(times[:place], default=0) - lateness_s]
    size, step = cut
    expected = {
        start: n
        for start in range(-size + step, 700, step)
        if (n := sum(start <= time < start + size for time in in_time))
    }
    found = {each.start_s: total(each.rows.values()).count for each in taken}
    late = sum(tally.late for each in taken for tally in each.rows.values())
    assert {start: n for start, n in found.items() if n} == expected
    assert len(found) == len(taken), "each window is taken once"
    assert late == (len(times) - len(in_time)) * (size // step)
