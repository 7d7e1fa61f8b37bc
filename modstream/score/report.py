"""What a run did, and how it is printed."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct


class ScoreReport(Struct, frozen=True, kw_only=True):
    """The account of a run: `read` = `predicted` + `dead_lettered`."""

    read: int
    """Comments in the files."""
    predicted: int
    alerts: int
    dead_lettered: int
    without_time: int
    """Predicted comments that do not say when they were written: they are in no window."""
    windows: int | None
    """Statistics written, one for each window and subreddit; None without `--windows` and `--late`."""
    late: int | None
    """Comments that no window counts: below the watermark of their partition."""
    ahead: int | None
    """... or too far in the future."""
    bad_rows: int
    """Rows that are no comments: a replay skips them too."""
    bad_named: tuple[str, ...]
    """The first of them: file, line, and what is wrong."""
    resumed_at: int
    """Comments that an earlier, interrupted run had done."""
    seconds: float
    """Of this run."""
    rate: float
    """Comments a second, those of this run; in all of its seconds, also those of its processes' start."""
    model_version: str
    outputs: dict[str, str]
    """The files written, by what they hold."""


def as_json(report: ScoreReport) -> str:
    """Return a report as one line of JSON."""
    return msgspec.json.encode(report).decode()


def lines(report: ScoreReport) -> Iterator[str]:
    """Yield a report for people, line by line."""
    for each in report.bad_named:
        yield f"skipped: {each}"
    if report.resumed_at:
        yield f"went on after {report.resumed_at:,} comments"
    yield (
        f"{report.read:,} comments read: {report.predicted:,} predicted ({report.alerts:,} alerts), "
        f"{report.dead_lettered:,} dead-lettered; {report.bad_rows:,} bad rows skipped"
    )
    if report.without_time:
        yield f"{report.without_time:,} without created_utc have the time of the run, and are in no window"
    if report.windows is not None:
        yield f"{report.windows:,} window statistics; {report.late:,} comments late, {report.ahead:,} ahead"
    rate = f"{report.rate:,.0f} comments a second, start-up included"
    yield f"model {report.model_version}; {report.seconds:.1f} s ({rate})"
    for what, name in report.outputs.items():
        yield f"{what.replace('_', ' ')}: {name}"
