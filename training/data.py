"""Reads comments from files: CSV or Reddit's NDJSON, plain, gzip or Zstandard; a bad row is named, not fatal.

What a file is shows in its first bytes, not in its name. Nothing is held but the row at hand, so a file may
be larger than memory.
"""

import codecs
import contextlib
import csv
import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

import msgspec
from msgspec import Struct

from training.errors import ColumnsMissingError, FileUnreadableError

STDIN = "-"
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
ID, BODY, LABEL = "id", "body", "removed"
BAD_ROWS_NAMED = 10
"""How many bad rows are kept by name; all of them are counted."""

READ_BYTES = 64 * 1024
"""Compressed bytes taken from a file at once."""

LONGEST_FIELD = 64 * 1024 * 1024
"""Characters in a CSV field; Python's csv module stops at 131,072 by default, which real comments exceed."""

TRUE, FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


class Row(Struct, frozen=True):
    """One comment of a file."""

    line: int
    """Where it begins; the first line of a file is 1."""
    id: str
    body: str
    removed: bool | None
    """Whether a moderator removed it; None where the file does not say."""
    fields: dict[str, Any]
    """Every field of the row, as the file has it, `id` and `body` as above."""


class BadRow(Struct, frozen=True):
    """A row that is not a comment."""

    line: int
    reason: str


class _BadRowError(Exception):
    """Why a row is not a comment; never leaves this module."""


class CommentFile:
    """The comments of a file; iterate to read it, as often as wanted (standard input once)."""

    def __init__(self, path: Path | str, *, labelled: bool = False) -> None:
        """Name a file; it is opened when it is read.

        Args:
            path: The file, or `-` for standard input.
            labelled: Whether rows need a label (`removed`); those without one are bad then.
        """
        self.path = str(path)
        self.labelled = labelled
        self.bad_count = 0
        """Rows of the last reading that were no comments."""
        self.bad_rows: list[BadRow] = []
        """The first of these."""
        self._raw: io.BufferedReader | None = None

    @property
    def first_bad(self) -> str:
        """Return where and why the first bad row of the last reading is one; empty if there was none."""
        return "".join(f"line {bad.line}: {bad.reason}" for bad in self.bad_rows[:1])

    @property
    def position(self) -> int:
        """Return how many of the file's own bytes, compressed or not, the reading at hand has taken."""
        return self._raw.tell() if self._raw is not None and self._raw.seekable() else 0

    def __iter__(self) -> Iterator[Row]:
        """Yield the comments in the file's order.

        Raises:
            DataError: If the file cannot be opened or decompressed, or is not a file of comments.
        """
        self.bad_count, self.bad_rows = 0, []
        try:
            with _opened(self.path) as (self._raw, stream), contextlib.closing(self._fields(stream)) as rows:
                for line, fields in rows:
                    try:
                        yield self._row(line, fields)
                    except _BadRowError as error:
                        self._note(line, str(error))
        except (OSError, EOFError, zlib.error) as error:
            raise FileUnreadableError(self.path, getattr(error, "strerror", None) or str(error)) from error
        finally:
            self._raw = None

    def _row(self, line: int, fields: dict[str, Any]) -> Row:
        body = fields.get(BODY)
        if not isinstance(body, str):
            raise _BadRowError(f"no text in {BODY!r}")
        removed = _label(fields.get(LABEL))
        if removed is None and self.labelled:
            raise _BadRowError(f"{LABEL!r} is neither true nor false: {str(fields.get(LABEL))[:20]!r}")
        comment_id = _id(fields.get(ID), line, body)
        return Row(line, comment_id, body, removed, {**fields, ID: comment_id, BODY: body})

    def _fields(self, stream: io.BufferedReader) -> Generator[tuple[int, dict[str, Any]], None, None]:
        if _begins_with_brace(stream):
            yield from self._ndjson(stream)
            return
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        try:
            yield from self._csv(text)
        finally:
            text.detach()  # else it closes the stream, which is not its own

    def _csv(self, text: IO[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        csv.field_size_limit(LONGEST_FIELD)
        # A NUL is no character of a comment. Strict, since a quote that is never closed would otherwise make
        # one comment of all that follows it.
        reader = csv.reader((line.replace("\0", "") for line in text), strict=True)
        try:
            header = next(reader, [])
        except csv.Error as error:
            raise FileUnreadableError(self.path, f"it is neither NDJSON nor CSV: {error}") from error
        self._require_columns(header)
        line = reader.line_num + 1
        while True:
            try:
                values = next(reader, None)
            except csv.Error as error:
                self._note(line, str(error))
                line = reader.line_num + 1
                continue
            if values is None:
                return
            if len(values) == len(header):
                yield line, dict(zip(header, values, strict=True))
            elif values:
                self._note(line, f"{len(values)} fields, the header has {len(header)}")
            line = reader.line_num + 1

    def _ndjson(self, stream: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
        first = True
        for line, content in enumerate(stream, start=1):
            if not content.strip():
                continue
            try:
                fields = msgspec.json.decode(content.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                self._note(line, str(error))
                continue
            if first:
                self._require_columns(list(fields))
                first = False
            yield line, fields

    def _require_columns(self, found: Sequence[str]) -> None:
        needed = [BODY, LABEL] if self.labelled else [BODY]
        if missing := [name for name in needed if name not in found]:
            raise ColumnsMissingError(self.path, missing, found)

    def _note(self, line: int, reason: str) -> None:
        self.bad_count += 1
        if len(self.bad_rows) < BAD_ROWS_NAMED:
            self.bad_rows.append(BadRow(line, reason))


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits.

    Raises:
        DataError: If the file cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileUnreadableError(str(path), error.strerror or str(error)) from error


@contextlib.contextmanager
def _opened(path: str) -> Iterator[tuple[io.BufferedReader, io.BufferedReader]]:
    """Open a file; yields it as it is, and decompressed where its first bytes say so."""
    with contextlib.ExitStack() as closing:
        raw: io.BufferedReader
        if path == STDIN:
            raw = cast(io.BufferedReader, sys.stdin.buffer)
        else:
            raw = closing.enter_context(Path(path).open("rb"))
        magic = raw.peek(4)[:4]
        if magic.startswith(GZIP):
            yield (
                raw,
                closing.enter_context(io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=raw)))),
            )
        elif magic == ZSTD:
            yield raw, closing.enter_context(io.BufferedReader(_ZstandardFile(raw), READ_BYTES))
        else:
            yield raw, raw


class _ZstandardFile(io.RawIOBase):
    """What a Zstandard file holds, frame by frame.

    zstandard's own reader takes a file that was cut short for one that ends there.
    """

    def __init__(self, raw: io.BufferedReader) -> None:
        import zstandard

        self._raw = raw
        # Reddit's dumps are compressed with a window of 2 GB.
        self._frames = zstandard.ZstdDecompressor(max_window_size=2**31)
        self._error = zstandard.ZstdError
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._compressed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Return True: `io.BufferedReader` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the bytes at hand go; 0 is the end, EOFError an end too soon."""
        while not self._ready:
            self._compressed = self._compressed or self._raw.read1(READ_BYTES)
            if not self._compressed and self._frame is None:
                return 0
            if not self._compressed:
                raise EOFError("compressed file ended in the middle of a frame")
            self._decompress()
        filled = min(len(buffer), len(self._ready))
        buffer[:filled] = self._ready[:filled]
        self._ready = self._ready[filled:]
        return filled

    def _decompress(self) -> None:
        self._frame = self._frame or self._frames.decompressobj()
        try:
            self._ready = memoryview(self._frame.decompress(self._compressed))
        except self._error as error:
            raise OSError(str(error)) from error
        self._compressed = b""
        if self._frame.eof:
            self._compressed, self._frame = self._frame.unused_data, None


def _begins_with_brace(stream: io.BufferedReader) -> bool:
    return stream.peek(64).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")


def _id(value: Any, line: int, body: str) -> str:
    """Return the row's id; a missing one is made of its line and text, so it is the same at every reading."""
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value)
    digest = hashlib.sha256(f"{line}\n".encode() + body.encode("utf-8", "surrogatepass")).hexdigest()
    return f"made-{digest[:16]}"


def _label(value: Any) -> bool | None:
    text = str(value).strip().lower()
    return True if text in TRUE else False if text in FALSE else None
