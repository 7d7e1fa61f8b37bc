"""Files that grow: what is in them up to a known size is on disk for good, the rest can be cut off."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from modstream.score.errors import OutputUnwritableError, RunBusyError, RunDamagedError

PARTIAL = ".partial"
"""Ending of a file that is not whole yet."""

WORKING = (PARTIAL, ".lines", ".timed", ".state")
"""Endings of files that only the work needs, the outermost first."""


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Raise what the system has against writing a file as our own error.

    Raises:
        OutputUnwritableError: If it is not possible: no such folder, no permission, disk full.
    """
    try:
        yield
    except OSError as error:
        raise OutputUnwritableError(_as_named(path), error.strerror or str(error)) from error


def _as_named(path: Path | str) -> str:
    """Return the output that a file belongs to, as the user named it."""
    name = str(path)
    for ending in WORKING:
        name = name.removesuffix(ending)
    return name


def partial(name: str | Path) -> Path:
    """Return where a file is while it is not whole."""
    return Path(f"{name}{PARTIAL}")


class Growing:
    """A file that is added to at its end."""

    def __init__(self, path: Path, size: int) -> None:
        """Open a file, or make it, and cut off what is after its first `size` bytes.

        Raises:
            RunBusyError: If another process has it open for writing.
            RunDamagedError: If it is shorter.
            OutputUnwritableError: If that is not possible.
        """
        self.path = path
        self.size = size
        with writing(path):
            # Not buffered: chunks are large, and bytes must not be written when a failed file is closed.
            self._file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+")
            try:
                self._prepare()
            except BaseException:
                self._file.close()
                raise

    def _prepare(self) -> None:
        try:
            fcntl.flock(
                self._file, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # given back when the process ends, however
        except BlockingIOError as error:
            raise RunBusyError(_as_named(self.path)) from error
        if self._file.seek(0, os.SEEK_END) < self.size:
            raise RunDamagedError(self.path, "is shorter than it was")
        self._file.truncate(self.size)
        self._file.seek(self.size)

    def write(self, content: bytes) -> None:
        """Add bytes.

        Raises:
            OutputUnwritableError: If not all could be written.
        """
        left = memoryview(content)
        with writing(self.path):
            while left:
                left = left[self._file.write(left) :]
        self.size += len(content)

    def sync(self) -> None:
        """Return when all of it is on disk.

        Raises:
            OutputUnwritableError: If that is not possible.
        """
        with writing(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def drop(path: Path) -> None:
    """Remove a file that was begun and is not wanted any more, if it is there.

    Raises:
        RunBusyError: If another process is writing it.
    """
    if path.exists():
        Growing(path, 0).close()
        path.unlink()


@contextmanager
def growing(paths: Mapping[str, Path], sizes: Mapping[str, int]) -> Iterator[dict[str, Growing]]:
    """Open several files by name, each with so many bytes (0 where none are said); closed at the end."""
    files: dict[str, Growing] = {}
    try:
        for name, path in paths.items():
            files[name] = Growing(path, sizes.get(name, 0))
        yield files
    finally:
        for file in files.values():
            file.close()


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Put a file in its place, whole or not at all.

    Raises:
        OutputUnwritableError: If that is not possible.
    """
    new = path.with_name(f"{path.name}.new")
    with writing(path):
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
