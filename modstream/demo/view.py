"""Shows a tally: a live picture on a terminal, a line every few seconds elsewhere."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from rich.console import Group
from rich.live import Live
from rich.text import Text

from modstream.console import out, say
from modstream.demo.tally import AlertLine, Tally
from streams.records import Reason

TEXT_SHOWN = 72
WORD_SHOWN = 24
LINE_EVERY_S = 3.0
RATE_OVER_S = 2.0


class View(Protocol):
    """Shows how the pipeline is doing."""

    def update(self, tally: Tally, seconds: float) -> None:
        """Show the tally as it is, `seconds` after the demo began; called several times a second."""

    def close(self) -> None:
        """Leave the terminal as it should be."""


class RateMeter:
    """Comments per second over the last two seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def rate(self, seconds: float, count: int) -> float:
        """Return the rate, given how many there are `seconds` after the start; 0.0 at the first call."""
        self._seen.append((seconds, count))
        while len(self._seen) > 1 and seconds - self._seen[0][0] > RATE_OVER_S:
            self._seen.popleft()
        then, before = self._seen[0]
        return (count - before) / (seconds - then) if seconds > then else 0.0


class LiveView:
    """Redraws a few lines in place."""

    def __init__(self) -> None:
        self._meter = RateMeter()
        self._live = Live(console=out, refresh_per_second=8)
        self._live.start()

    def update(self, tally: Tally, seconds: float) -> None:
        """Show the tally; see `View.update`."""
        counts = Text(figures(tally, self._meter.rate(seconds, tally.settled), seconds), style="bold")
        alerts = [line for alert in tally.newest for line in alert_lines(alert)]
        self._live.update(Group(counts, Text("newest alerts:", style="dim"), *alerts))

    def close(self) -> None:
        """Leave the last picture on the screen."""
        self._live.stop()


class LineView:
    """Prints the first alert when it comes, and a line every few seconds."""

    def __init__(self) -> None:
        self._meter = RateMeter()
        self._next_s = 0.0
        self._alerts_told = 0

    def update(self, tally: Tally, seconds: float) -> None:
        """Show the tally; see `View.update`."""
        rate = self._meter.rate(seconds, tally.settled)
        if seconds < self._next_s and (self._alerts_told or not tally.alerts):
            return
        self._next_s = seconds + LINE_EVERY_S
        say(figures(tally, rate, seconds))
        if tally.alerts > self._alerts_told:
            self._alerts_told = tally.alerts
            first, *because = alert_lines(tally.newest[0])
            for line in (Text("    newest alert: ").append_text(first), *because):
                out.print(line)

    def close(self) -> None:
        """Do nothing: what is printed is printed."""


def view_for_console() -> View:
    """Return the view that fits where the output goes."""
    return LiveView() if out.is_terminal else LineView()


def one_line(text: str, most: int = TEXT_SHOWN) -> str:
    """Return the beginning of a text as one line that no terminal takes for a command."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text[: most * 4]).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def figures(tally: Tally, rate: float, seconds: float) -> str:
    """Return the counts in one line."""
    median, tail = tally.latency_ms(0.5, recent=True), tally.latency_ms(0.99, recent=True)
    latency = "" if median is None or tail is None else f", latency {median:.0f} ms (p99 {tail:.0f} ms)"
    return (
        f"{seconds:5.1f} s  {tally.inputs:,} comments, {tally.predicted:,} predictions, "
        f"{tally.alerts:,} alerts, {tally.dead_lettered:,} dead letters, "
        f"{rate:,.0f}/s, lag {tally.lag:,}{latency}"
    )


def alert_lines(alert: AlertLine) -> list[Text]:
    """Return an alert in one line, and in another what it rests on, if that is known."""
    plain = f"{alert.probability:.2f}  {one_line(alert.comment_id, 16)}  {one_line(alert.text)}"
    lines = [Text(plain, overflow="ellipsis", no_wrap=True)]
    if alert.reasons:
        lines.append(_because(alert.reasons))
    return lines


def _because(reasons: Sequence[Reason]) -> Text:
    """Return reasons in one line: those for removal in red, then those against it in green."""
    line = Text("    ", overflow="ellipsis", no_wrap=True)
    for label, colour, sign in (("because", "red", 1), ("against", "green", -1)):
        told = [reason for reason in reasons if sign * reason.weight > 0]
        line.append(f"  {label}" if told else "")
        for reason in told:
            line.append(f"  {_name(reason)} {reason.weight:+.2f}", style=colour)
    return line


def _name(reason: Reason) -> str:
    """Return what a reason is; a trait of the whole comment is in brackets."""
    word = one_line(reason.word, WORD_SHOWN)
    return word if reason.start is not None else f"({word})"
