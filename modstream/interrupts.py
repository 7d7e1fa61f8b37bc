"""What becomes of SIGINT and SIGTERM for a while."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait for the end of the block, such as the start of a process.

    Blocking them would not do: another thread, for which nothing is blocked, may take the signal, and Python
    runs its handler in the main thread all the same. On another thread there is nothing to put off.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    with handling(lambda number, frame: came.append(number)):
        yield
    if came:
        signal.raise_signal(came[0])


@contextmanager
def handling(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Take over SIGINT and SIGTERM for a while, on the main thread; what handled them before comes back."""
    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
