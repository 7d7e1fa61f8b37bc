"""Ending a long command cleanly: the first Ctrl-C or SIGTERM asks it to stop, the second one insists."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Take over SIGINT and SIGTERM for a while; yields a function that tells whether one has come.

    Use on the main thread. A second signal raises KeyboardInterrupt. The handlers that were there come back.
    """
    asked = False

    def ask(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
