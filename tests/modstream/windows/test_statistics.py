import random
from typing import Any

import pytest

from modstream.windows.statistics import NewestWindows, State, parse_stats
from streams.window_records import WindowStats
from tests.modstream.windows.examples import START_S, make_stats, value


def kept(newest: NewestWindows) -> list[WindowStats]:
    return [row.stats for row in newest.rows()]


def test_highest_revision_is_the_newest_whatever_the_order() -> None:
    newest = NewestWindows(10)
    for revision in (5, 9, 7):
        newest.observe(value(revision=revision, count=revision))
    assert [(row.stats.revision, row.stats.count) for row in newest.rows()] == [(9, 9)]


def test_only_so_many_windows_are_kept_and_the_newest_comes_first() -> None:
    newest = NewestWindows(3)
    minutes = list(range(50))
    random.Random(1).shuffle(minutes)
    for minute in minutes:
        newest.observe(value(minute))
    assert kept(newest) == [make_stats(49), make_stats(48), make_stats(47)]
    assert newest.is_full
    assert newest.oldest_s == make_stats(47).window_start


def test_windows_that_start_together_are_told_apart_by_their_end() -> None:
    newest = NewestWindows(3)
    newest.observe(value())
    newest.observe(value(window_end=START_S + 300))
    assert len(kept(newest)) == 2


def test_everything_comes_before_subreddits_and_those_with_many_comments_before_others() -> None:
    newest = NewestWindows(1, None)
    for subreddit, count in (("b", 3), ("a", 3), ("c", 9), ("*", 1)):
        newest.observe(value(subreddit=subreddit, count=count, alerts=0))
    assert [stats.subreddit for stats in kept(newest)] == ["*", "c", "a", "b"]


def test_of_a_subreddit_the_newest_windows_are_those_that_have_it() -> None:
    newest = NewestWindows(1, "space")
    newest.observe(value(1, subreddit="space"))
    newest.observe(value(2, subreddit="science"))
    assert kept(newest) == [make_stats(1, subreddit="space")]


def test_windows_before_a_time_are_not_kept() -> None:
    newest = NewestWindows(9, since_s=START_S + 60)
    for minute in (0, 1):
        newest.observe(value(minute))
    assert kept(newest) == [make_stats(1)]


def test_what_is_not_wanted_is_known_of() -> None:
    newest = NewestWindows(9, "space", since_s=START_S + 600)
    for minute, name in ((3, "*"), (2, "space"), (1, "space"), (0, "science")):
        newest.observe(value(minute, subreddit=name))
    assert kept(newest) == []
    assert (newest.newest_s, newest.subreddits) == (START_S + 120, {"space", "science"})


def test_statistics_are_as_new_as_the_newest_record_about_any_window() -> None:
    newest = NewestWindows(1, "space", since_s=START_S + 60)
    assert newest.as_of_s is None
    for at_s in (20.0, None, 30.0, 10.0):
        newest.observe(value(subreddit="science"), at_s)
    newest.observe(b"no statistics", 40.0)
    assert newest.as_of_s == 30.0


def test_observing_tells_the_row_that_changes() -> None:
    newest = NewestWindows(1)
    row = newest.observe(value(1))
    assert row is not None
    assert row.stats == make_stats(1)
    assert newest.observe(value(1)) is None, "said again"
    assert newest.observe(value(1, revision=0)) is None, "older"
    assert newest.observe(value(0)) is None, "not kept"
    assert newest.observe(value(2, subreddit="science")) is None, "not wanted"


@pytest.mark.parametrize(
    ("told", "state"),
    [
        pytest.param([(1, False, 3)], State.OPEN, id="open"),
        pytest.param([(1, False, 3), (2, True, 4)], State.FINAL, id="final"),
        pytest.param([(2, True, 4), (1, False, 3)], State.FINAL, id="final-out-of-order"),
        pytest.param([(1, True, 3), (2, True, 4)], State.REVISED, id="revised"),
        pytest.param([(2, True, 4), (1, True, 3)], State.REVISED, id="revised-out-of-order"),
        pytest.param([(1, True, 3), (2, True, 3)], State.FINAL, id="final-twice-and-equal"),
        pytest.param([(1, True, 3), (2, False, 4)], State.OPEN, id="open-again"),
        pytest.param([(1, True, 3), (2, True, 4), (3, True, 4)], State.REVISED, id="stays-revised"),
    ],
)
def test_state_says_what_may_become_of_a_row(told: list[tuple[int, bool, int]], state: State) -> None:
    newest = NewestWindows(1)
    for revision, final, count in told:
        newest.observe(value(revision=revision, final=final, count=count))
    assert [row.state for row in newest.rows()] == [state]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(None, id="tombstone"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff{}", id="no-text"),
        pytest.param(b"{}", id="no-fields"),
        pytest.param(value()[:-1], id="cut-off"),
        pytest.param(value(window_start=10**15, window_end=10**15 + 60), id="no-such-year"),
        pytest.param(value(window_end=START_S), id="no-length"),
        pytest.param(value(window_end=START_S + 10**9), id="too-long"),
        pytest.param(value(alerts=5), id="more-alerts-than-comments"),
        pytest.param(value(count=-1, alerts=-1), id="negative"),
        pytest.param(value(late=-1), id="negative-late"),
        pytest.param(value(mean_probability=1.5), id="no-probability"),
        pytest.param(value(probability_histogram=[1]), id="another-histogram"),
        pytest.param(value(probability_histogram=[-1] * 20), id="negative-bin"),
    ],
)
def test_what_is_no_statistics_is_counted_and_passed_over(record: Any) -> None:
    newest = NewestWindows(10)
    assert newest.observe(record) is None
    assert (newest.unreadable, newest.rows()) == (1, [])


def test_a_window_without_comments_is_possible() -> None:
    stats = make_stats(count=0, alerts=0, mean_probability=None, probability_histogram=[0] * 20, late=2)
    assert parse_stats(value(**{name: getattr(stats, name) for name in stats.__struct_fields__})) == stats
