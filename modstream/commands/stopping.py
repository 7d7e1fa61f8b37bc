"""Ending a long command cleanly, whichever way it takes a Ctrl-C or a SIGTERM. Use on the main thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from modstream.interrupts import handling

SIGNALLED = 128
"""Added to a signal's number by shells, for the exit status."""


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Let the first signal ask, and the second insist; yields a function that tells whether one has come.

    A second signal raises KeyboardInterrupt.
    """
    asked = False

    def ask(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    with handling(ask):
        yield lambda: asked


@contextmanager
def interrupted_once() -> Iterator[list[int]]:
    """Let the first signal raise KeyboardInterrupt, and ignore further ones while things are stopped.

    Yields:
        A list that will hold the signal's number.
    """
    came: list[int] = []

    def interrupt(signum: int, frame: FrameType | None) -> None:
        if came:
            return
        came.append(signum)
        raise KeyboardInterrupt

    with handling(interrupt):
        yield came
