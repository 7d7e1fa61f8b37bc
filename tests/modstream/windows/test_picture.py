from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from modstream.windows.errors import PictureFormatError, PictureNotWritableError
from modstream.windows.picture import (
    LONG_GAP,
    MOST_POINTS,
    Target,
    draw,
    draw_volume,
    newest_run,
    points,
    title,
    volume_label,
    wilson,
)
from streams.window_records import WindowStats
from tests.modstream.windows.examples import START_S, make_stats

PNG = b"\x89PNG\r\n\x1a\n"
NOTHING: dict[str, Any] = {"count": 0, "alerts": 0, "mean_probability": None, "late": 0}
TUMBLING = {60: 60}
LAST_MINUTE_S = 253_402_300_740
"""Of the year 9999."""


@pytest.mark.parametrize(
    ("alerts", "count", "low", "high"),
    [
        pytest.param(0, 0, 0.0, 1.0, id="nothing-known"),
        pytest.param(0, 10, 0.0, 0.2775, id="none"),
        pytest.param(10, 10, 0.7225, 1.0, id="all"),
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        pytest.param(81, 263, 0.2553, 0.3662, id="newcombe"),
    ],
)
def test_interval_is_wilsons(alerts: int, count: int, low: float, high: float) -> None:
    assert wilson(alerts, count) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("alerts", range(8))
def test_interval_holds_the_share(alerts: int) -> None:
    low, high = wilson(alerts, 7)
    assert 0.0 <= low <= alerts / 7 <= high <= 1.0


def test_few_windows_are_drawn_each() -> None:
    drawn = points([make_stats(2, final=False), make_stats(0)], TUMBLING)
    assert [(point.start_s - START_S, point.end_s - START_S, point.final) for point in drawn] == [
        (0, 60, True),
        (120, 180, False),
    ]


def test_many_windows_are_drawn_in_groups_that_lose_nothing() -> None:
    rows = [make_stats(minute, late=1) for minute in range(10_000)]
    drawn = points(rows, TUMBLING)
    assert len(drawn) <= MOST_POINTS + 1
    assert sum(point.windows for point in drawn) == 10_000
    assert sum(point.comments for point in drawn) == 40_000
    assert sum(point.alerts for point in drawn) == sum(point.late for point in drawn) == 10_000
    assert sum(point.probability_sum for point in drawn) == pytest.approx(10_000)
    assert all(before.end_s <= after.start_s for before, after in pairwise(drawn))


def overlapping(minutes: Iterable[int]) -> list[WindowStats]:
    """Return windows of five minutes."""
    return [make_stats(minute, window_end=START_S + (minute + 5) * 60) for minute in minutes]


@pytest.mark.parametrize("minutes", [range(3), [2]], ids=["several", "one"])
def test_windows_that_overlap_are_as_wide_as_the_step_and_end_where_they_end(minutes: Iterable[int]) -> None:
    drawn = points(overlapping(minutes), {300: 60})
    assert [(point.start_s - START_S, point.end_s - START_S) for point in drawn] == [
        ((minute + 4) * 60, (minute + 5) * 60) for minute in minutes
    ]


def test_groups_of_windows_that_overlap_count_no_comment_twice() -> None:
    drawn = points(overlapping(range(5_000)), {300: 60})
    assert sum(point.comments for point in drawn) == 4 * 1_000
    assert drawn[-1].end_s == START_S + (4_999 + 5) * 60, "the newest is among them"


def test_windows_of_two_sizes_have_their_own_widths() -> None:
    drawn = points([make_stats(0), make_stats(1, window_end=START_S + 360)], {60: 60, 300: 300})
    assert [point.end_s - point.start_s for point in drawn] == [60, 300]


@pytest.mark.parametrize(
    ("rows", "steps", "heading", "label"),
    [
        pytest.param(
            [make_stats(final=False)],
            {60: 60},
            "all comments: 1 window of 60 s, 1 not final (lighter)",
            "comments a window",
            id="one-after-the-other",
        ),
        pytest.param(
            overlapping(range(2)),
            {300: 60},
            "all comments: 2 windows of 300 s every 60 s",
            "comments in the 300 s\nbefore a bar's end",
            id="overlapping",
        ),
        pytest.param(
            overlapping(range(5_000)),
            {300: 60},
            "all comments: 5,000 windows of 300 s every 60 s, in 334 groups",
            "comments a window",
            id="overlapping-and-many",
        ),
    ],
)
def test_picture_says_how_long_windows_are_and_how_far_apart(
    rows: list[WindowStats], steps: dict[int, int], heading: str, label: str
) -> None:
    drawn = points(rows, steps)
    assert (title(rows, steps, drawn), volume_label(rows, drawn)) == (heading, label)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([make_stats()], id="one"),
        pytest.param([make_stats(final=False)], id="one-that-is-open"),
        pytest.param([make_stats(minute, alerts=0) for minute in range(3)], id="no-alerts"),
        pytest.param([make_stats(minute, alerts=4) for minute in range(3)], id="only-alerts"),
        pytest.param([make_stats(**NOTHING)], id="nothing-counted"),
        pytest.param([make_stats(**{**NOTHING, "late": 3}), make_stats(1)], id="only-late"),
        pytest.param([make_stats(), make_stats(500), make_stats(501, **NOTHING)], id="holes"),
        pytest.param([make_stats(subreddit="a$b$_{c}\x1b[2J日本")], id="a-strange-name"),
        pytest.param(
            [make_stats(), make_stats(window_start=LAST_MINUTE_S, window_end=LAST_MINUTE_S + 60)],
            id="end-of-time",
        ),
        pytest.param([make_stats(window_start=-120, window_end=180)], id="before-the-epoch"),
    ],
)
def test_picture_is_drawn_of(rows: list[WindowStats]) -> None:
    picture = draw(rows, {size_s: size_s for size_s in (60, 300)}, "png")
    assert picture.startswith(PNG)
    assert len(picture) > 10_000


@pytest.mark.parametrize(
    ("late", "legend"),
    [(0, ["counted"]), (1, ["counted", "too late to count"])],
    ids=["none", "some"],
)
def test_legend_names_late_comments_if_there_are_some(late: int, legend: list[str]) -> None:
    axes = Figure().subplots()
    draw_volume(axes, points([make_stats(0), make_stats(1, late=late)], TUMBLING))
    drawn = axes.get_legend()
    assert drawn is not None
    assert [text.get_text() for text in drawn.get_texts()] == legend


@pytest.mark.parametrize("count", [1, 2, 7, 1_234])
def test_comments_are_counted_in_whole_numbers(count: int) -> None:
    axes = Figure().subplots()
    draw_volume(axes, points([make_stats(count=count, alerts=0)], TUMBLING))
    assert all(float(tick).is_integer() for tick in axes.get_yticks())


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("a.png", PNG), ("a.SVG", b"<?xml"), ("a.pdf", b"%PDF")],
    ids=["png", "svg", "pdf"],
)
def test_ending_says_the_format(tmp_path: Path, name: str, beginning: bytes) -> None:
    target = Target(tmp_path / name)
    target.require_writable()
    assert not target.path.exists(), "asking leaves nothing"
    target.write(draw([make_stats()], TUMBLING, target.form))
    assert target.path.read_bytes().startswith(beginning)


def test_what_is_in_the_file_stays_until_the_picture_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"before")
    Target(path).require_writable()
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("name", ["a.gif", "a", ".png"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureFormatError, match=r"ends in \.png, \.svg, \.pdf"):
        Target(tmp_path / name).require_writable()


def test_a_folder_that_is_not_there_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(PictureNotWritableError, match="No such file or directory"):
        Target(tmp_path / "none" / "a.png").require_writable()


@pytest.mark.parametrize(
    ("minutes", "drawn"),
    [
        ([], []),
        ([3, 1, 2], [1, 2, 3]),
        ([1, 2 + LONG_GAP], [1, 2 + LONG_GAP]),
        ([1, 2, 4 + LONG_GAP, 5 + LONG_GAP], [4 + LONG_GAP, 5 + LONG_GAP]),
        ([1, 10**6, 2 * 10**6], [2 * 10**6]),
        ([1, 2, 10**6], [1, 2]),
        ([1, 2, 10**6, 10**6 + 1, 2 * 10**6, 3 * 10**6], [10**6, 10**6 + 1]),
    ],
    ids=["none", "no gap", "a gap that is not long", "a long gap", "several", "a stray", "two strays"],
)
def test_windows_beyond_a_long_gap_are_left_out(minutes: list[int], drawn: list[int]) -> None:
    one_each = {minute: make_stats(minute, count=1) for minute in minutes}
    assert newest_run(list(one_each.values())) == [one_each[minute] for minute in drawn]


def test_overlapping_windows_of_one_stray_comment_are_left_out() -> None:
    many, stray = [
        [make_stats(minute, window_end=START_S + (minute + 3) * 60, count=1) for minute in range(first, last)]
        for first, last in ((0, 4), (10**6, 10**6 + 3))
    ]
    assert newest_run([*many, *stray]) == many


def test_one_window_of_many_comments_is_no_stray() -> None:
    newest = make_stats(10**6, count=100_000)
    assert newest_run([make_stats(0), make_stats(1), newest]) == [newest]
