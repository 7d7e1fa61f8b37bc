import io

import pytest
from rich.console import Console

from modstream import console
from modstream.score import watching as module
from modstream.score.watching import watching


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what is printed, where there is no terminal."""
    written = io.StringIO()
    monkeypatch.setattr(module, "err", Console(file=written, width=100))
    return written


def test_the_last_line_is_the_end(printed: io.StringIO) -> None:
    with watching("scoring", 2_000, every_s=0.0) as advance:
        advance(1_000)
    assert printed.getvalue() == "scoring (bytes): 1,000 of 2,000\nscoring (bytes): 2,000 of 2,000\n"


def test_the_end_is_told_once(printed: io.StringIO) -> None:
    with watching("scoring", 2_000, every_s=0.0) as advance:
        advance(2_000)
    assert printed.getvalue() == "scoring (bytes): 2,000 of 2,000\n"


def test_what_fails_has_no_end(printed: io.StringIO) -> None:
    with pytest.raises(ZeroDivisionError), watching("scoring", 2_000):
        raise ZeroDivisionError
    assert printed.getvalue() == ""


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = io.StringIO()
    for each in (module, console):
        monkeypatch.setattr(each, "err", Console(file=drawn, force_terminal=True, width=100))
    with watching("scoring", 7_000) as advance:
        advance(7_000)
    assert "7000/7000" in drawn.getvalue()
