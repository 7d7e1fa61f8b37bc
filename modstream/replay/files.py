"""The files of a replay, one after the other, and what in them was no comment."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.data import STDIN, CommentFile

BAD_ROWS_NAMED = 5
"""How many bad rows a replay names, over all files."""


class CommentFiles:
    """Several files of comments, read in the order given; the label is not needed."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._files = [CommentFile(path) for path in paths]
        self._reading: CommentFile | None = None
        self._bytes_before = 0

    def read(self) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Yield each row, and the file and line it begins on; may be called again, but for standard input.

        Raises:
            DataError: If a file cannot be read, or is not a file of comments.
        """
        self._bytes_before = 0
        for file in self._files:
            self._reading = file
            for row in file:
                yield row.fields, _origin(file, row.line)
            self._reading = None
            self._bytes_before += 0 if file.path == STDIN else Path(file.path).stat().st_size

    @property
    def position(self) -> int:
        """Return how many of the files' bytes the reading at hand has taken; 0 for standard input."""
        return self._bytes_before + (self._reading.position if self._reading else 0)

    @property
    def bad_rows(self) -> int:
        """Return how many rows of the last reading were no comments."""
        return sum(file.bad_count for file in self._files)

    @property
    def bad_named(self) -> list[str]:
        """Return the first of them: where, and what is wrong."""
        named = [f"{_origin(file, bad.line)}: {bad.reason}" for file in self._files for bad in file.bad_rows]
        return named[:BAD_ROWS_NAMED]


def _origin(file: CommentFile, line: int) -> str:
    return f"{'standard input' if file.path == STDIN else file.path}, line {line}"
