"""What is to be done when, on one thread: a fault's second half, the next look at something."""

import heapq
from collections.abc import Callable
from itertools import count

Task = Callable[[], None]


class Agenda:
    """Tasks by time, those of the same time in the order they were added; it never reads a clock itself."""

    def __init__(self) -> None:
        self._tasks: list[tuple[float, int, Task]] = []
        self._serial = count()

    def add(self, at_s: float, task: Task) -> None:
        """Let something be done at a time."""
        heapq.heappush(self._tasks, (at_s, next(self._serial), task))

    def run_due(self, now_s: float) -> None:
        """Do what is due by now; what these tasks add for now or before is done as well."""
        while self._tasks and self._tasks[0][0] <= now_s:
            _, _, task = heapq.heappop(self._tasks)
            task()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is left to do."""
        return not self._tasks
