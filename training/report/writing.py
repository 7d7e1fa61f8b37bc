"""Writes the report: all of it or nothing."""

import contextlib
import os
import tempfile
from pathlib import Path

from training.errors import ReportUnwritableError
from training.report.facts import Told
from training.report.page import page


def write_report(path: Path, told: Told) -> None:
    """Write the report beside its place, and then move it there; the same bytes for the same facts.

    Args:
        path: The file; folders that it needs are made, and an earlier report is replaced.
        told: What the report says.

    Raises:
        ReportUnwritableError: If it cannot be written; what was there is there still.
    """
    content = page(told).encode()
    try:
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
    except OSError as error:
        raise ReportUnwritableError(path, error.strerror or str(error)) from error


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".modstream-", suffix=".html")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):  # it has been moved
            fresh.unlink()
