"""A lock that a forked process finds open, whichever thread of its parent held it."""

import os
import threading
import weakref
from types import TracebackType

_locks: "weakref.WeakSet[ForkLock]" = weakref.WeakSet()


class ForkLock:
    """A `threading.Lock` for `with`. What it guards has to be whole between any two Python instructions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _locks.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()

    def open_again(self) -> None:
        """Forget who held it: the thread is not in this process."""
        self._lock = threading.Lock()


def _open_all() -> None:
    for lock in list(_locks):
        lock.open_again()


os.register_at_fork(after_in_child=_open_all)
