"""A contender as a process: started with a job, stopped with all its children."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from modstream.child_process import bound_to_parent, signal_group
from modstream.interrupts import interrupts_later

ROOT = Path(__file__).parents[2]
STOPPED_WITHIN_S = 10.0


class ContenderProcess:
    """One running program, in a session of its own; as a context manager it is stopped on the way out."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    def start(cls, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Self:
        """Start a program in the project's folder; it ends when this process does, however that ends.

        Args:
            command: Interpreter and arguments.
            environment: Beside this process's own.
            log: What it prints is added here.
        """
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with log.open("ab") as output, interrupts_later():  # one in the midst would leave a process
            process = subprocess.Popen(
                bound_to_parent(command),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": path, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a terminal's Ctrl-C is for the benchmark, which stops it in order
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit status once it has ended by itself, None if it has not in time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout_s)
        return None

    def signal(self, number: int) -> None:
        """Send a signal to every process of it."""
        signal_group(self._process.pid, number)

    def stop(self, within_s: float = STOPPED_WITHIN_S) -> None:
        """Ask every process of it to end, and end what is left after the time."""
        signal_group(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(within_s)
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
