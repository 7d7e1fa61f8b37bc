"""The whole of a run, for the file."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.harness.errors import FileNotWritableError
from benchmarks.throughput.figures import Measure, Row
from benchmarks.throughput.oversized import Seen
from benchmarks.throughput.picture import draw

LIBRARIES = ("faust-streaming", "aiokafka", "seldon-core", "numpy", "spacy")


class Report(Struct, frozen=True, kw_only=True):
    """What was measured, on what."""

    comments: str
    """Where they are from."""
    model_version: str
    recipe: str
    cores: int
    python: str
    libraries: dict[str, str]
    service_workers: int
    rows: list[Row]
    measures: list[Measure]
    oversized: list[Seen]


def machine() -> tuple[int, str]:
    """Return how many cores there are, and Python's version."""
    return os.cpu_count() or 1, platform.python_version()


def libraries() -> dict[str, str]:
    """Return the versions of what matters to the figures, in this environment."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def require_writable(*paths: Path | None) -> None:
    """Return if results can be written; what is in the files stays for now.

    Raises:
        FileNotWritableError: If one cannot.
    """
    for path in filter(None, paths):
        is_new = not path.exists()
        try:
            with path.open("ab"):
                pass
        except OSError as error:
            raise FileNotWritableError(path, error.strerror or str(error)) from error
        if is_new:
            path.unlink()


def write(report: Report, title: str, json: Path | None, picture: Path | None) -> list[Path]:
    """Write the files that are wanted; return which."""
    if json:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    if picture and report.rows:
        picture.write_bytes(draw(report.rows, title, picture.suffix.lower().removeprefix(".")))
    return [path for path in (json, picture if report.rows else None) if path]
