"""What `modstream dlq ls` and `replay` print: tables on a terminal, plain lines elsewhere, JSON for scripts.

Everything that came from a record is escaped: on a terminal by `printable`, in JSON as ASCII.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from modstream.dlq.catalogue import NOT_REPLAYABLE, RECOVERED, REPLAYABLE, Case, Catalogue, by_reason
from modstream.dlq.resubmitting import Plan, Sent
from streams.printable import printable

COLUMNS = ("event", "comment", "time", "tries", "state", "reason")


def tell(line: str, console: Console) -> None:
    """Print one line as it is: rich would take the `:100:` of an event id for an emoji."""
    console.print(Text(line))


def time_text(at_s: float) -> str:
    """Return a time as people and programs read it, in UTC to the second."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(fields: Any) -> str:
    """Return JSON on one line, in ASCII: a terminal obeys none of it."""
    return json.dumps(fields)


def case_fields(case: Case) -> dict[str, Any]:
    """Return what is known of an event, for JSON."""
    letter = case.letter
    return {
        "event_id": letter.event_id,
        "comment_id": letter.comment,
        "dead_lettered_at": letter.at_s,
        "reason": letter.reason,
        "message": letter.message,
        "attempts": letter.attempts,
        "model_version": letter.model_version,
        "value_bytes": letter.value_bytes,
        "letter": str(letter.place),
        "letters": case.letters,
        "recovered": case.recovered,
        "replayable": case.state == REPLAYABLE,
        "obstacle": case.obstacle,
    }


def show(cases: Sequence[Case], console: Console) -> None:
    """Print events, a line each."""
    rows = [_row(case) for case in cases]
    if not rows:
        return
    if not console.is_terminal:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            tell("  ".join(map(str.ljust, row, widths)).rstrip(), console)
        return
    table = Table(*COLUMNS)
    for column in table.columns:
        column.overflow = "fold"  # an event id is there to be copied: wrapped, never cut
    for event, comment, at, reason, attempts, state, message in rows:
        # As text: a comment's square brackets are not markup.
        table.add_row(*map(Text, (event, comment, at, attempts, state, f"{reason}: {message}")))
    console.print(table)


def summary(cases: Sequence[Case]) -> Iterator[str]:
    """Yield how many events stand how, by reason, and in all."""
    for reason, states in by_reason(cases):
        yield f"{printable(reason)}: {states.total():,} ({_states(states)})"
    letters = sum(case.letters for case in cases)
    yield f"{letters:,} dead letters of {len(cases):,} comments"


def unreadable_lines(catalogue: Catalogue) -> Iterator[str]:
    """Yield what is said of records that are no dead letters of ours, if there are any."""
    if catalogue.unreadable:
        yield f"{catalogue.unreadable:,} records of the dead-letter topic name no comment that they are of"


def plan_lines(planned: Plan) -> Iterator[str]:
    """Yield what would be sent, a line each."""
    for letter in planned.chosen:
        named = f"{letter.event_id} (comment {letter.comment}, {letter.reason})"
        yield f"would send: {printable(named)}"


def replay_lines(planned: Plan, sent: Sent | None) -> Iterator[str]:
    """Yield what a replay did, or would do when `sent` is None."""
    for each in planned.obstacles:
        yield printable(f"not replayable: {each.event_id}: {each.reason}")
    if sent is not None:
        for each in sent.failures:
            yield printable(f"failed: {each.event_id}: {each.reason}")
    done = f"{len(planned.chosen):,} would be sent" if sent is None else _done(sent)
    beyond = f", {planned.beyond_limit:,} beyond --limit" if planned.beyond_limit else ""
    yield (
        f"{done}; skipped: {planned.recovered:,} recovered already, "
        f"{planned.not_replayable:,} not replayable{beyond}"
    )


def replay_fields(planned: Plan, sent: Sent | None, unreadable: int) -> dict[str, Any]:
    """Return the same for JSON."""
    done = Sent(0, 0, len(planned.chosen), 0.0, ()) if sent is None else sent
    return {
        "dry_run": sent is None,
        "chosen": len(planned.chosen),
        "recovered": planned.recovered,
        "not_replayable": planned.not_replayable,
        "beyond_limit": planned.beyond_limit,
        "unreadable": unreadable,
        **msgspec.to_builtins(done),
        "obstacles": msgspec.to_builtins(planned.obstacles),
    }


def _done(sent: Sent) -> str:
    rate = sent.sent / sent.seconds if sent.seconds else 0.0
    took = f"{sent.seconds:.1f} s ({rate:,.1f} a second)"
    stopped = f", {sent.not_sent:,} not sent any more" if sent.not_sent else ""
    return f"{sent.sent:,} sent in {took}, {sent.failed:,} failed{stopped}"


def _row(case: Case) -> tuple[str, ...]:
    letter = case.letter
    state = case.state if case.state != NOT_REPLAYABLE else f"{NOT_REPLAYABLE}: {case.obstacle}"
    row = (
        letter.event_id,
        letter.comment,
        time_text(letter.at_s),
        letter.reason,
        str(letter.attempts),
        state,
        letter.message,
    )
    return tuple(map(printable, row))


def _states(states: dict[str, int]) -> str:
    return ", ".join(f"{states.get(each, 0):,} {each}" for each in (REPLAYABLE, RECOVERED, NOT_REPLAYABLE))
