"""What `modstream replay` prints at its end."""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from modstream.replay.report import ReplayReport


class Skipped(Protocol):
    """Rows that were no comments."""

    @property
    def bad_rows(self) -> int:
        """Return how many."""

    @property
    def bad_named(self) -> list[str]:
        """Return the first of them: file, line, and what is wrong."""


def lines(report: ReplayReport, skipped: Skipped) -> Iterator[str]:
    """Yield a report for people, line by line."""
    for failure in report.failures:
        yield f"failed: {failure.id} ({failure.origin}): {failure.reason}"
    yield from skipped_lines(skipped)
    yield (
        f"{report.sent:,} comments sent in {report.seconds:.1f} s ({report.rate:,.1f} a second), "
        f"{report.failed:,} failed, {skipped.bad_rows:,} bad rows skipped"
    )


def skipped_lines(skipped: Skipped) -> Iterator[str]:
    """Yield a line for each of the first rows that were no comments."""
    for each in skipped.bad_named:
        yield f"skipped: {each}"


def as_json(report: ReplayReport, skipped: Skipped) -> str:
    """Return a report as one line of JSON: the fields of `ReplayReport`, `bad_rows` and `bad_named`."""
    fields = msgspec.structs.asdict(report)
    rows = {"bad_rows": skipped.bad_rows, "bad_named": skipped.bad_named}
    return msgspec.json.encode(fields | rows).decode()
