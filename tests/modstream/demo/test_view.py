import pytest

from modstream.demo.tally import AlertLine, Tally
from modstream.demo.view import LineView, RateMeter, alert_lines, one_line
from streams.records import Reason


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("short", "short", id="short"),
        pytest.param("a\nb\t c", "a b c", id="one-line"),
        pytest.param("\x1b[2Jgone\x07", "[2Jgone", id="no-terminal-commands"),
        pytest.param("\u202eevil", "evil", id="no-direction-marks"),
        pytest.param("x" * 100, "x" * 9 + "…", id="shortened"),
        pytest.param("", "", id="empty"),
    ],
)
def test_text_is_shown_in_one_harmless_line(text: str, shown: str) -> None:
    assert one_line(text, 10) == shown


def test_alert_has_its_reasons_under_it() -> None:
    strange = Reason("[bold]\x1b[2J" * 9, 0.1, 0, 4)
    reasons = (Reason("nonsense", 1.21, 15, 23), Reason("length", -0.3), strange)
    lines = alert_lines(AlertLine(0.934, "c1", "What a load of nonsense", reasons))
    assert [line.plain for line in lines] == [
        "0.93  c1  What a load of nonsense",
        "      because  nonsense +1.21  [bold] [2J[bold] [2J[bo… +0.10  against  (length) -0.30",
    ]
    assert [span.style for span in lines[1].spans] == ["red", "red", "green"]


def test_alert_without_reasons_is_one_line() -> None:
    assert len(alert_lines(AlertLine(0.9, "c1", "text", ()))) == 1


def test_rate_is_that_of_the_last_seconds() -> None:
    meter = RateMeter()
    assert meter.rate(0.0, 0) == 0.0
    assert meter.rate(1.0, 100) == 100.0
    assert meter.rate(10.0, 100) == 0.0


def test_first_alert_is_printed_at_once_and_then_a_line_every_few_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    view, tally = LineView(), Tally()
    view.update(tally, 0.0)
    view.update(tally, 0.2)
    tally.see_alert(AlertLine(0.9, "c1", "first text", (Reason("first", 0.5, 0, 5),)))
    view.update(tally, 0.4)
    tally.see_alert(AlertLine(0.9, "c2", "second text", ()))
    view.update(tally, 0.6)
    printed = capsys.readouterr().out
    assert printed.count("comments,") == 2
    assert "    newest alert: 0.90  c1  first text\n      because  first +0.50\n" in printed
    assert "second text" not in printed
    view.update(tally, 4.0)
    assert "second text" in capsys.readouterr().out
