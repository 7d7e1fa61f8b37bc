"""The folder of one broker instance: what is where in it, and who may work in it."""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modstream.local_kafka import configuration
from modstream.local_kafka.errors import FolderBusyError, FolderNotWritableError

UNWRITABLE = {
    errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENOENT, errno.ENOTDIR, errno.EEXIST,
    errno.ENOSPC, errno.EDQUOT,
}  # fmt: skip
"""Errors that say that a folder cannot be written, not that we did something wrong."""

QUOTED_LINES = 8
"""How much of a log an error quotes."""


@dataclass(frozen=True)
class InstanceFolder:
    """Names everything in an instance's folder."""

    root: Path

    @property
    def data(self) -> Path:
        """Kafka's own: topics, offsets, metadata."""
        return self.root / configuration.DATA

    @property
    def logs(self) -> Path:
        """What the programs say."""
        return self.root / configuration.LOGS

    @property
    def server_log(self) -> Path:
        """What the broker logs, from its last start on."""
        return self.logs / configuration.SERVER_LOG

    @property
    def output(self) -> Path:
        """What its Java machine prints, from the last start on; normally nothing."""
        return self.logs / "output.log"

    @property
    def properties(self) -> Path:
        """The broker's configuration, written at each start."""
        return self.root / "server.properties"

    @property
    def record(self) -> Path:
        """Which process is the broker."""
        return self.root / "broker.json"

    @property
    def formatted(self) -> bool:
        """Whether the data folder belongs to a cluster already."""
        return (self.data / "meta.properties").exists()

    def log_of_this_start(self) -> Path:
        """Return where to look: the server's log, or, when it died before it could log, its output."""
        try:
            logged = self.server_log.stat().st_mtime_ns >= self.record.stat().st_mtime_ns
        except OSError:
            logged = False
        return self.server_log if logged else self.output

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make the folder when missing and hold it against other processes.

        Raises:
            FolderBusyError: If another process holds it.
            FolderNotWritableError: If it cannot be made or written.
        """
        with self._writing():
            self.logs.mkdir(parents=True, exist_ok=True)
            with (self.root / ".lock").open("wb") as lock:  # its end releases it, as does this process's
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise FolderBusyError(self.root) from error
                yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            reason = error.strerror or str(error)
            raise FolderNotWritableError(self.root, "MOD_STATE_DIR", reason) from error


def last_lines(log: Path) -> list[str]:
    """Return the end of a log, from its last error on when there is one, at most `QUOTED_LINES` lines."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    lines = [line for line in lines if not line.startswith("\tat ")]  # where in Kafka's code says nothing
    errors = [number for number, line in enumerate(lines) if " ERROR " in line or " FATAL " in line]
    start = errors[-1] if errors else max(0, len(lines) - QUOTED_LINES)
    return lines[start : start + QUOTED_LINES]
