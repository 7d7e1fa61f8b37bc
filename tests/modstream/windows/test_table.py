import json
from io import StringIO

import pytest
from rich.console import Console

from modstream.windows.statistics import NewestWindows, Row
from modstream.windows.table import as_json, bar, line, nothing, sparkline, summary, table
from modstream.windows.view import lines
from tests.modstream.windows.examples import START_S, make_stats, value

EMPTY = make_stats(count=0, alerts=0, mean_probability=None, probability_histogram=[0] * 20, late=2)


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        pytest.param(0.0, "    ", id="nothing"),
        pytest.param(0.0001, "▏   ", id="hardly-anything-is-seen"),
        pytest.param(0.25, "█   ", id="a-whole-cell"),
        pytest.param(0.375, "█▌  ", id="half-a-cell"),
        pytest.param(1.0, "████", id="all"),
    ],
)
def test_bar_is_as_long_as_the_share(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


@pytest.mark.parametrize(
    ("counts", "characters", "drawn"),
    [
        pytest.param([0, 0, 0, 0], 4, "····", id="nothing"),
        pytest.param([1, 4, 8, 0], 4, "▁▄█·", id="by-height"),
        pytest.param([1, 0, 1000, 0], 4, "▁·█·", id="one-is-seen-beside-many"),
        pytest.param([1, 1, 0, 4], 2, "▄█", id="bins-put-together"),
    ],
)
def test_sparkline_has_the_shape_of_the_histogram(counts: list[int], characters: int, drawn: str) -> None:
    assert sparkline(counts, characters) == drawn


def test_line_says_all_of_a_row() -> None:
    assert line(Row(make_stats(late=3), revised=True)) == (
        "2023-11-14T22:14:00Z +60 s  *                         comments         4, alerts         1  "
        "(25.0%), mean 0.25, ▄█·················▄, late         3, revised"
    )


def test_line_of_a_window_without_comments_has_dashes() -> None:
    drawn = line(Row(EMPTY, revised=False))
    assert (
        "comments         0, alerts         0      (-), mean    -, ····················, late         2"
        in drawn
    )


def test_lines_are_aligned() -> None:
    many = make_stats(count=1_234_567, alerts=1_234_567, mean_probability=1.0, late=98_765)
    lines_drawn = [line(Row(stats, revised=False)) for stats in (make_stats(), many, EMPTY)]
    for name in ("comments", "alerts", "(", "mean", "late", "final"):
        ends = {drawn.index(")") if name == "(" else drawn.index(name) for drawn in lines_drawn}
        assert len(ends) == 1, name


def test_names_are_made_harmless() -> None:
    row = Row(make_stats(subreddit="\x1b[2J\u202eevil[red]"), revised=False)
    console = Console(file=StringIO(), width=120)
    console.print(table([row], 120))
    for text in (line(row), as_json(row), console.file.getvalue()):  # type: ignore[attr-defined]
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "evil[red]" in text


def test_json_has_the_record_the_rate_and_the_state() -> None:
    fields = json.loads(as_json(Row(make_stats(final=False), revised=False)))
    assert (fields["count"], fields["alerts"], fields["alert_rate"]) == (4, 1, 0.25)
    assert (fields["state"], fields["final"], fields["revision"]) == ("open", False, 1)
    assert json.loads(as_json(Row(EMPTY, revised=False)))["alert_rate"] is None


@pytest.mark.parametrize("width", [70, 80, 120])
def test_table_fits_the_terminal(width: int) -> None:
    console = Console(file=StringIO(), width=width)
    rows = [Row(make_stats(minute, final=minute < 2), revised=False) for minute in range(3)]
    console.print(table([*rows, Row(EMPTY, revised=False)], width))
    drawn = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, drawn)) <= width
    assert sum("22:1" in each for each in drawn) == 4
    assert "2023-11-14" in "".join(drawn)
    assert "open" in "".join(drawn)


def seen(*values: bytes, last: int = 9, at_s: float | None = None) -> NewestWindows:
    newest = NewestWindows(last, None)
    for each in values:
        newest.observe(each, at_s)
    return newest


@pytest.mark.parametrize(
    ("newest", "told"),
    [
        pytest.param(
            seen(*[value(minute, subreddit=name) for minute in (0, 1) for name in "ab"]),
            "2 windows of 60 s, newest first",
            id="windows-not-rows",
        ),
        pytest.param(
            seen(value(), b""),
            "1 window of 60 s, newest first; 1 record passed over: no statistics",
            id="passed-over",
        ),
        pytest.param(
            seen(value(), at_s=1_700_000_200.5),
            "1 window of 60 s, newest first, as of 2023-11-14 22:16:40 UTC",
            id="as-of",
        ),
        pytest.param(seen(b"", b""), "2 records passed over: no statistics", id="nothing-else"),
        pytest.param(
            seen(*[value(0, window_start=at_s, window_end=at_s + 60) for at_s in (0, 20)], last=1),
            "1 window of 60 s every 20 s, newest first",
            id="overlapping-also-if-one-is-shown",
        ),
        pytest.param(
            seen(value(), value(1, window_end=START_S + 360)),
            "2 windows of 60 s and 300 s, newest first",
            id="two-sizes",
        ),
    ],
)
def test_summary_counts_windows_and_says_how_they_are_cut(newest: NewestWindows, told: str) -> None:
    assert summary(newest) == told


@pytest.mark.parametrize(
    ("newest", "names", "reason"),
    [
        pytest.param(NewestWindows(1), [], "no windows on stats yet: no comment has been", id="no-windows"),
        pytest.param(NewestWindows(1, "space"), [], "no windows on stats yet: ", id="no-windows-with-a-name"),
        pytest.param(
            NewestWindows(1, "spade"),
            ["science", "*", "space"],
            "no window with spade on stats; there are: space, science",
            id="another-name",
        ),
        pytest.param(
            NewestWindows(1, "r1\x1b"),
            [f"r{number}\x1b" for number in range(2, 22)],
            r"no window with r1\x1b on stats; there are: r21\x1b, r",
            id="many-names-and-harmless",
        ),
        pytest.param(
            NewestWindows(1, "r1"), [f"r{n}" for n in range(2, 22)], " and 12 more", id="many-names"
        ),
        pytest.param(
            NewestWindows(1, since_s=1_800_000_000.0),
            ["*"],
            "no windows since 2027-01-15T08:00:00Z; the newest starts at 2023-11-14T22:14:00Z",
            id="too-new",
        ),
        pytest.param(
            NewestWindows(1, "spade", since_s=1_800_000_000.0),
            ["*", "space"],
            "no window with spade on stats; there are: space",
            id="another-name-and-too-new",
        ),
    ],
)
def test_nothing_to_show_has_its_reason(newest: NewestWindows, names: list[str], reason: str) -> None:
    for name in names:
        newest.observe(value(subreddit=name))
    told = nothing(newest, "stats")
    assert reason in told
    assert "\x1b" not in told


def test_following_prints_all_rows_at_first_and_then_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    newest = NewestWindows(2)
    show = lines(newest, "stats", lambda row: f"minute {row.stats.window_start // 60 % 60}")
    newest.observe(value(1))
    newest.observe(value(2))
    show([])
    assert capsys.readouterr().out.splitlines() == ["minute 15", "minute 16"]
    changed = newest.observe(value(3))
    assert changed is not None
    show([changed])
    printed = capsys.readouterr()
    assert (printed.out.splitlines(), printed.err) == (["minute 17"], "")


def test_following_says_once_that_there_is_nothing_yet(capsys: pytest.CaptureFixture[str]) -> None:
    show = lines(NewestWindows(2), "stats")
    show([])
    show([])
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("no windows on stats yet")) == ("", 1)
