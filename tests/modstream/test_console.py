import io

import pytest
from rich.console import Console

from modstream import console
from modstream.console import Count, progress


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_count_is_told_no_more_often_than_wanted() -> None:
    clock = Clock()
    told: list[int] = []
    count = Count(told.append, 0.5, clock)
    for _ in range(1_000):
        count.advance(1)
    assert told == []
    clock.now_s += 0.5
    count.advance(2)
    count.advance(3)
    assert told == [1_002]
    assert count.done == 1_005


def test_bar_on_a_terminal_ends_with_everything_done(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=drawn, force_terminal=True, width=100))
    with progress("reading", total=7_000) as advance:
        for _ in range(7_000):
            advance(1)
    assert "7000/7000" in drawn.getvalue()


def test_without_a_terminal_there_are_lines_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=printed, width=100))
    with progress("reading", total=2_000, every_s=0.0) as advance:
        advance(1_000)
    assert printed.getvalue() == "reading: 1,000 of 2,000\n"


@pytest.mark.parametrize(
    ("moved_s", "lines"),
    [
        pytest.param(5.0, "reading: 1,000\nreading: 1,500\n", id="the end of what takes long"),
        pytest.param(0.1, "", id="nothing of what does not"),
    ],
)
def test_without_a_terminal_the_last_line_is_the_end(
    monkeypatch: pytest.MonkeyPatch, moved_s: float, lines: str
) -> None:
    printed, clock = io.StringIO(), Clock()
    monkeypatch.setattr(console, "err", Console(file=printed, width=100))
    with progress("reading", total=None, clock=clock) as advance:
        clock.now_s += moved_s
        advance(1_000)
        advance(500)
    assert printed.getvalue() == lines
