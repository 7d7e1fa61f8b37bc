"""The whole of a run, for the file."""

from pathlib import Path

from benchmarks.harness import results
from benchmarks.harness.grounds import Conditions
from benchmarks.throughput.figures import Measure, Row
from benchmarks.throughput.oversized import Seen
from benchmarks.throughput.picture import draw


class Report(Conditions, frozen=True, kw_only=True):
    """What was measured, on what."""

    rows: list[Row]
    measures: list[Measure]
    oversized: list[Seen]


def write(report: Report, title: str, json: Path | None, picture: Path | None) -> list[Path]:
    """Write the files that are wanted; return which."""
    if json:
        results.write_json(report, json)
    if picture and report.rows:
        picture.write_bytes(draw(report.rows, title, results.form(picture)))
    return [path for path in (json, picture if report.rows else None) if path]
