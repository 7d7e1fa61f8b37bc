"""Shows how far a run is: a bar on a terminal, lines everywhere else, the last of them at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from modstream.console import Count, err, progress

LINE_EVERY_S = 5.0


@contextmanager
def watching(task: str, total: int, every_s: float = LINE_EVERY_S) -> Iterator[Callable[[int], None]]:
    """Show a task of so many bytes; yields a function to call with each further number done.

    What ends without an error is told as done: bytes after the last comment come with none.
    """
    named = f"{task} (bytes)"
    if err.is_terminal:
        with progress(named, total) as advance:
            yield advance
        return
    told = -1

    def tell(done: int) -> None:
        nonlocal told
        told = done
        err.print(f"{named}: {done:,} of {total:,}", markup=False)

    yield Count(tell, every_s, time.monotonic).advance
    if told != total:
        tell(total)
