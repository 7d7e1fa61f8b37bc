"""What a user may ask of the demo, and what it tells a script."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from modstream.demo.errors import ReportNotWritableError
from modstream.replay import Pace
from modstream.verify import Verdict


@dataclass(frozen=True)
class DemoOptions:
    """One run's wishes."""

    comments: Path | None
    """The file to replay; None for synthetic comments."""
    pace: Pace
    limit: int | None
    workers: int
    keep: bool


class DemoReport(Struct, frozen=True, kw_only=True):
    """What a run did; `--json` writes it."""

    comments: int
    predictions: int
    dead_letters: int
    alerts: int
    lost: int
    conflicting: int
    threshold: float
    rate: float
    """Comments replayed a second."""
    first_alert_s: float | None
    """From the start of the demo to the first alert on the screen; None without one."""
    latency_p50_ms: float | None
    """From a comment's Kafka timestamp to its prediction's."""
    latency_p99_ms: float | None
    peak_memory_bytes: int
    """Resident memory of all of the demo's processes together, at its highest."""
    seconds: float
    verification: Verdict


@contextmanager
def write_report(path: Path | None) -> Iterator[Callable[[DemoReport], None]]:
    """Yield a function that writes the report; a path that cannot be written is told before anything starts.

    Raises:
        ReportNotWritableError: If the file cannot be written.
    """
    if path is None:
        yield lambda report: None
        return
    try:
        file = path.open("ab")
    except OSError as error:
        raise ReportNotWritableError(path, error.strerror or str(error)) from error
    with file:

        def write(report: DemoReport) -> None:
            file.truncate(0)
            file.write(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")

        yield write
