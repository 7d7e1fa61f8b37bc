"""The broker's process, found again by a later command through `broker.json`."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modstream.child_process import bound_to_parent

if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True)
class BrokerRecord:
    """What `broker.json` says of the last start."""

    pid: int
    port: int
    bootstrap: str

    def write(self, path: Path) -> None:
        """Write the file; a reader sees the old one or the new one, never half of one."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), "utf-8")
        fresh.replace(path)

    @classmethod
    def read(cls, path: Path) -> "BrokerRecord | None":
        """Return the record, or None when there is none that can be read."""
        try:
            found = json.loads(path.read_text("utf-8"))
            return cls(int(found["pid"]), int(found["port"]), str(found["bootstrap"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def process(self, properties: Path) -> "psutil.Process | None":
        """Return the broker's process, or None when it is gone.

        Its command line ends with its properties file, which tells it from a later process that was
        given the same pid. (A creation time is no such mark: it shifts when the machine's clock is set.)
        """
        import psutil

        try:
            process = psutil.Process(self.pid)
            return process if process.cmdline()[-1:] == [str(properties)] else None
        except psutil.Error:
            return None


def launch(
    arguments: Sequence[str], folder: Path, output: Path, classpath: str, *, die_with_parent: bool
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, so that a terminal's Ctrl-C does not reach it.

    Args:
        arguments: The program's absolute path and its arguments.
        folder: Its working directory.
        output: File for what it prints, emptied first.
        classpath: For Java, through the environment; 46 paths would make a process list unreadable.
        die_with_parent: Let it end when this process does; see `bound_to_parent`.
    """
    with output.open("wb") as out:
        return subprocess.Popen(
            bound_to_parent(arguments) if die_with_parent else arguments,
            cwd=folder,
            env={**os.environ, "CLASSPATH": classpath},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def memory_of(process: "psutil.Process") -> int | None:
    """Return the resident memory of a process in bytes, or None when it ended just now."""
    import psutil

    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return None
