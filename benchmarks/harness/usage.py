"""CPU time and memory of processes with all below them."""

import time
from collections.abc import Callable
from itertools import chain

import psutil
from msgspec import Struct

CHILDREN_LISTED_EVERY_S = 2.0
"""Finding them reads the whole process table."""


class Usage(Struct, frozen=True):
    """What a family of processes has used."""

    cpu_s: float = 0.0
    """User and system time, with that of children that have ended."""
    memory_bytes: int = 0
    """Resident now; pages they share count in each."""


class Family:
    """Processes and their children."""

    def __init__(self, *pids: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._first = [psutil.Process(pid) for pid in pids]
        self._clock = clock
        self._listed_s = -CHILDREN_LISTED_EVERY_S
        self._all: list[psutil.Process] = []
        self._latest = Usage()

    def usage(self, *, anew: bool = False) -> Usage:
        """Return what they have used up to now; the latest known once one of the first has ended.

        Args:
            anew: See which children there are, though that was done lately: what one has used before it is
                found would count as used since.
        """
        now_s = self._clock()
        try:
            if anew or now_s - self._listed_s >= CHILDREN_LISTED_EVERY_S:
                below = [each.children(recursive=True) for each in self._first]
                self._all = [*self._first, *chain.from_iterable(below)]
                self._listed_s = now_s
            cpu_s, memory_bytes = 0.0, 0
            for process in self._all:
                with process.oneshot():
                    times = process.cpu_times()
                    cpu_s += times.user + times.system + times.children_user + times.children_system
                    memory_bytes += process.memory_info().rss
        except psutil.Error:
            self._listed_s = -CHILDREN_LISTED_EVERY_S  # one of them is gone: look again
        else:
            self._latest = Usage(cpu_s, memory_bytes)
        return self._latest
