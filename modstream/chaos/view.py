"""Shows how a run stands: a changing line on a terminal, a line every few seconds elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from modstream.console import out, say

LINE_EVERY_S = 5.0

Show = Callable[[float, str], None]
"""Takes the seconds since the start, and a line."""


@contextmanager
def standing() -> Iterator[Show]:
    """Yield a function to call again and again with how it stands."""
    if out.is_terminal:
        with out.status("") as status:
            yield lambda now_s, line: status.update(f"{now_s:.0f} s  {line}")
        return
    next_s = 0.0

    def show(now_s: float, line: str) -> None:
        nonlocal next_s
        if now_s >= next_s:
            next_s = now_s + LINE_EVERY_S
            say(f"{now_s:7.1f} s  ... {line}")

    yield show
