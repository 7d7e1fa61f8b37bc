"""Showing a verdict: a table on a terminal, plain lines elsewhere, JSON for scripts."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from modstream.verify.verdict import COMMENT_ERRORS, ERRORS, ROW_ERRORS, WINDOW_ERRORS, Offender, Verdict
from modstream.wording import counted
from streams.printable import printable

LABELS = {
    "inputs": "comments on the input topic",
    "resubmitted": "comments brought back (dlq replay)",
    "predicted": "predicted",
    "recovered": "recovered: dead-lettered, brought back, predicted",
    "dead_lettered": "dead-lettered",
    "missing": "missing (no outcome)",
    "redelivered": "output records that repeat an earlier one",
    "conflicting": "conflicting outcomes",
    "orphaned": "outputs of no input",
    "misplaced": "outputs on another partition than their source",
    "out_of_order": "outputs out of order",
    "malformed": "malformed outputs",
    "expired": "outputs of inputs deleted by retention",
    "alerts": "alerts",
    "alerts_missing": "alerts missing",
    "alerts_unexpected": "alerts without their prediction, or unlike it",
    "windows": "window statistics: final rows that equal a recount",
    "windows_open": "window statistics: rows that may still change",
    "windows_missing": "window statistics: final rows missing",
    "windows_wrong": "window statistics: final rows unlike a recount",
    "windows_other": "window statistics: rows of windows of another size (left out)",
    "late": "late: in no window",
    "ahead": "ahead of their time: in no window",
    "late_wrong": "comments in no window not told of, or told of and in one",
}
"""What each count of a verdict is called, in the order shown."""

DECIDING = (
    "MOD_WINDOW_SIZE_S",
    "MOD_WINDOW_STEP_S",
    "MOD_ALLOWED_LATENESS_S",
    "MOD_MODERATION_THRESHOLD",
)
"""Settings that a recount depends on. MOD_MAX_AHEAD_S is none: which comments are ahead is told."""


def as_json(verdict: Verdict) -> str:
    """Return a verdict as one line of JSON, its keys those of `Verdict`."""
    return msgspec.json.encode(verdict).decode()


def one_line(verdict: Verdict) -> str:
    """Return the standing of a verification that goes on."""
    recovered = f" ({verdict.recovered:,} recovered)" if verdict.recovered else ""
    standing = (
        f"{verdict.inputs:,} comments: {verdict.predicted:,} predicted{recovered}, "
        f"{verdict.dead_lettered:,} dead-lettered, {verdict.missing:,} without outcome yet, "
        f"{verdict.redelivered:,} redelivered, {verdict.alerts:,} alerts, "
        f"{_sum(verdict, COMMENT_ERRORS) - verdict.missing:,} errors"
    )
    return ", ".join([standing, *_window_errors(verdict)])


def conclusion(verdict: Verdict) -> str:
    """Return the verdict in one sentence."""
    if verdict.ok:
        rows = counted(verdict.windows, "final window row")
        windows = f", and {rows} as a recount has them" if verdict.windows else ""
        return f"ok: each of {verdict.inputs:,} comments has exactly one outcome{windows}"
    errors = _sum(verdict, COMMENT_ERRORS)
    of_comments = [f"{counted(errors, 'error')} in {verdict.inputs:,} comments"] if errors else []
    return f"not ok: {', '.join([*of_comments, *_window_errors(verdict)])}{_hint(verdict)}"


def _window_errors(verdict: Verdict) -> Iterator[str]:
    """Yield what is wrong with windows."""
    wrong = _sum(verdict, ROW_ERRORS)
    if wrong:
        rows = wrong + verdict.windows + verdict.windows_open
        yield f"{wrong:,} of {rows:,} window rows wrong or missing"
    if verdict.late_wrong:
        yield f"{counted(verdict.late_wrong, 'error')} in late comments"


def _hint(verdict: Verdict) -> str:
    """Return which settings may be others than the worker's, nothing if windows are right."""
    if not _sum(verdict, WINDOW_ERRORS):
        return ""
    always = "that of the worker, and was it always?"
    if verdict.windows_other and verdict.windows_missing:
        rows = counted(verdict.windows_other, "row")
        return f"; {rows} of windows of another size: is MOD_WINDOW_SIZE_S {always}"
    if verdict.windows_step_s:
        return f"; the windows are {verdict.windows_step_s:,} s apart: is MOD_WINDOW_STEP_S {always}"
    return f"; are {', '.join(DECIDING)} those of the worker, and were they always?"


def offender_line(offender: Offender) -> str:
    """Return what is wrong and where; names a comment by its id, never by its body."""
    parts = [f"{offender.kind}: {offender.topic}"]
    if offender.partition >= 0:
        parts.append(f"partition {offender.partition}, offset {offender.offset}")
    if offender.event_id is not None:
        parts.append(f"source {printable(offender.event_id)}")
    if offender.comment is not None:
        parts.append(f"comment {printable(offender.comment)}")
    if offender.window is not None:
        parts.append(f"window {printable(offender.window)}")
    return ", ".join(parts)


def show(verdict: Verdict, console: Console) -> None:
    """Print a verdict for people."""
    if console.is_terminal:
        console.print(_table(verdict))
    else:
        for name, label in LABELS.items():
            console.print(f"{label}: {getattr(verdict, name):,}", markup=False)
    for offender in verdict.offenders:
        console.print(Text(offender_line(offender)))  # as text: the :100: of an event id is no emoji
    console.print(conclusion(verdict), markup=False)


@contextmanager
def standing(console: Console) -> Iterator[Callable[[Verdict], None]]:
    """Show how a verification stands: a changing line on a terminal, a line at each change elsewhere."""
    if console.is_terminal:
        with console.status("reading") as status:
            yield lambda verdict: status.update(one_line(verdict))
        return
    last = ""

    def show_change(verdict: Verdict) -> None:
        nonlocal last
        line = one_line(verdict)
        if line != last:
            console.print(line, markup=False)
            last = line

    yield show_change


def _table(verdict: Verdict) -> Table:
    table = Table(show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for name, label in LABELS.items():
        count = getattr(verdict, name)
        wrong = name in ERRORS and count > 0
        table.add_row(label, f"{count:,}", style="bold red" if wrong else None)
    return table


def _sum(verdict: Verdict, fields: Iterable[str]) -> int:
    return sum(getattr(verdict, name) for name in fields)
