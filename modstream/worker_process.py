"""A worker as a child process: started, watched and stopped by the demo and the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from modstream.child_process import bound_to_parent
from modstream.errors import ModstreamError

COMMAND = (sys.executable, "-m", "streams", "worker", "-l", "info")


class WorkerEndedError(ModstreamError):
    """A worker ended by itself."""

    def __init__(self, status: int, log: Path) -> None:
        super().__init__(f"a worker ended with status {status}; its log is {log}")


class WebPortTakenError(ModstreamError):
    """Something else listens where the worker's web server would."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} of the worker's web server is taken by another program, maybe another worker: "
            "choose another with --web-port or MOD_WEB_PORT"
        )


class WorkerProcess:
    """One running worker."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    def start(cls, environment: Mapping[str, str], log: Path, *, detached: bool = False) -> Self:
        """Start a worker; it reads comments as soon as it is in the group, some seconds later.

        Args:
            environment: Its `MOD_` settings, beside this process's environment.
            log: File that its log is added to.
            detached: Let it live on when this process ends. Otherwise it is stopped with it (Linux, and
                started from the main thread).
        """
        # Without a port of its own it shows no pages: several workers share a machine here.
        command = COMMAND if "MOD_WEB_PORT" in environment else (*COMMAND, "--without-web")
        with log.open("ab") as output:
            process = subprocess.Popen(
                command if detached else bound_to_parent(command),
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a terminal's Ctrl-C is for the parent, which stops it in order
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def command(self) -> list[str]:
        """Return the command as it was started."""
        return list(self._process.args)  # type: ignore[arg-type]  # a list, as we gave it

    def require_alive(self) -> None:
        """Raise `WorkerEndedError` if the worker is not running any more."""
        status = self._process.poll()
        if status is not None:
            raise WorkerEndedError(status, self.log)

    def is_alive(self) -> bool:
        """Return whether the worker is there; a paused one is."""
        return self._process.poll() is None

    def signal(self, number: int) -> None:
        """Send it a signal; nothing happens when it has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it without warning, as a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self, within_s: float = 15.0) -> int:
        """Ask it to finish the work in hand and end; kill it when it has not in time.

        Returns:
            Its exit status, negative for a signal's number.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode
