"""What the command prints: pictures on a terminal, plain lines everywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(message: str) -> None:
    """Print one plain line; square brackets stay what they are."""
    out.print(message, markup=False)


REDRAWN_EVERY_S = 0.1
"""A bar needs no million updates."""


class Count:
    """Adds up, and tells how far it is no more often than wanted; the clock is an argument."""

    def __init__(self, tell: Callable[[int], None], every_s: float, clock: Callable[[], float]) -> None:
        self._tell = tell
        self._every_s = every_s
        self._clock = clock
        self._told_s = clock()
        self.done = 0

    def advance(self, count: int) -> None:
        """Add a number, and tell the sum if it is time."""
        self.done += count
        now_s = self._clock()
        if now_s - self._told_s >= self._every_s:
            self._told_s = now_s
            self._tell(self.done)


@contextmanager
def progress(
    task: str, total: int | None, every_s: float = 5.0, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int], None]]:
    """Show how far a long task is, on stderr; yields a function to call with each further number done.

    It may be called as often as there are records: it costs next to nothing.

    Args:
        task: What is being done, such as "replaying".
        total: How many there are to do; None when nobody knows yet.
        every_s: Without a terminal, the time between two lines, in seconds.
        clock: Seconds on a clock that only goes forward.
    """
    if err.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            shown = bar.add_task(task, total=total)

            def draw(done: int) -> None:
                bar.update(shown, completed=done)

            drawn = Count(draw, REDRAWN_EVERY_S, clock)
            yield drawn.advance
            draw(drawn.done)
        return

    told: int | None = None

    def print_line(done: int) -> None:
        nonlocal told
        told = done
        err.print(f"{task}: {done:,}" + (f" of {total:,}" if total is not None else ""), markup=False)

    counted = Count(print_line, every_s, clock)
    yield counted.advance
    if told not in {None, counted.done}:  # who has read how far it is wants to read that it is through
        print_line(counted.done)
