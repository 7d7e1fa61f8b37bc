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


@contextmanager
def progress(task: str, total: int | None, every_s: float = 5.0) -> Iterator[Callable[[int], None]]:
    """Show how far a long task is, on stderr; yields a function to call with each further number done.

    Args:
        task: What is being done, such as "replaying".
        total: How many there are to do; None when nobody knows yet.
        every_s: Without a terminal, the time between two lines, in seconds.
    """
    if err.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            shown = bar.add_task(task, total=total)
            yield lambda count: bar.advance(shown, count)
        return

    done, last = 0, time.monotonic()

    def advance(count: int) -> None:
        nonlocal done, last
        done += count
        if time.monotonic() - last >= every_s:
            last = time.monotonic()
            err.print(f"{task}: {done:,}" + (f" of {total:,}" if total is not None else ""), markup=False)

    yield advance
