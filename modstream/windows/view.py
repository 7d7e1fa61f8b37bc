"""Shows windows as they change: a table that is redrawn on a terminal, a line for each change elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Group
from rich.live import Live
from rich.text import Text

from modstream.console import err, out
from modstream.windows.statistics import NewestWindows, Row
from modstream.windows.table import line, nothing, summary, table

Show = Callable[[Sequence[Row]], None]
"""Takes the rows that have changed; none at the first call, when all that are kept are new."""


@contextmanager
def live(newest: NewestWindows, topic: str) -> Iterator[Show]:
    """Yield a function that redraws the windows that are kept; the last picture stays on the screen."""
    with Live(Text("reading ..."), console=out, auto_refresh=False) as drawn:

        def show(changed: Sequence[Row]) -> None:
            rows = newest.rows()
            if not rows:
                drawn.update(Text(nothing(newest, topic), overflow="fold"), refresh=True)
                return
            below = Text(f"{summary(newest)}; Ctrl-C ends", style="dim")
            drawn.update(Group(table(rows, out.width), below), refresh=True)

        yield show


def lines(newest: NewestWindows, topic: str, as_line: Callable[[Row], str] = line) -> Show:
    """Return a function that prints a line for each change; the first time for all rows, newest last."""
    told = False

    def show(changed: Sequence[Row]) -> None:
        nonlocal told
        rows = changed if told else newest.rows()[::-1]
        if not told and not rows:
            err.print(Text(nothing(newest, topic)))
        told = True
        for row in rows:
            out.print(Text(as_line(row)))

    return show
