"""`modstream dlq`: dead letters, and bringing their comments back."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from modstream.dlq.catalogue import Case, Catalogue
    from modstream.settings import DoorSettings
    from streams.kafka_cluster import Cluster

DEFAULT_PER_S = 100.0

LS_HELP = """List what could not be scored: the newest dead letter of each comment.

The newest comes first. State is 'recovered' when the comment has a
prediction by now, and 'replayable' when 'modstream dlq replay' would bring
it back. The last lines count by reason, the class of the error.

\b
Examples:
  modstream dlq ls
  modstream dlq ls --reason ClassifierRefusedError --limit 20
  modstream dlq ls --json | jq -r 'select(.replayable) | .comment_id'
"""

SHOW_HELP = """Print all of a dead letter: the reason, the headers and the body.

ID is an event id (topic:partition:offset, as 'ls' prints it), or a comment
id, for every dead-lettered comment that has it. What a terminal would obey
is escaped; --raw writes the body's own bytes, for a file or a pipe. In
--json, bytes that are not UTF-8 are under ..._base64.

\b
Examples:
  modstream dlq show reddit_stream:2:17
  modstream dlq show c42 --json | jq .headers
  modstream dlq show reddit_stream:2:17 --raw > body.json
"""

REPLAY_HELP = """Bring dead-lettered comments back to the stream.

Each goes on the input topic as it was, with a header that keeps its first
identity: its prediction has the first event id, and 'modstream verify'
counts the comment once. What has a prediction by now is skipped, so running
this twice is harmless: what is still on its way gives the same output again.

What was too large for its dead letter cannot come back; the exit status is
then 1, as when the broker refuses something. Ctrl-C ends cleanly.

\b
Examples:
  modstream dlq replay --dry-run                what would be sent
  modstream dlq replay                          100 comments a second
  modstream dlq replay --rate max --json
  modstream dlq replay --reason ClassifierRefusedError --limit 10
  modstream dlq replay && modstream verify --wait 60
"""

Reason = Annotated[
    str | None,
    typer.Option(metavar="R", help="Only with this error class, such as ClassifierRefusedError."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    group = typer.Typer(help="Dead letters: list, show, bring back.", no_args_is_help=True)
    group.command("ls", help=LS_HELP)(ls)
    group.command("show", help=SHOW_HELP)(show)
    group.command("replay", help=REPLAY_HELP)(replay)
    app.add_typer(group, name="dlq")


def ls(
    reason: Reason = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Show the N newest.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each.")] = False,
) -> None:
    """Parse, read, print."""
    from modstream.console import out
    from modstream.dlq import report
    from modstream.settings import DoorSettings

    _, catalogue = _read(DoorSettings())
    cases = catalogue.cases(reason)
    shown = cases[::-1][:limit]
    if json:
        for case in shown:
            report.tell(report.as_json(report.case_fields(case)), out)
        return
    report.show(shown, out)
    if len(shown) < len(cases):
        report.tell(f"... and {len(cases) - len(shown):,} older", out)
    for line in (*report.summary(cases), *report.unreadable_lines(catalogue)):
        report.tell(line, out)


def show(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="An event id or a comment id.")],
    raw: Annotated[bool, typer.Option("--raw", help="Write the body's bytes and nothing else.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each.")] = False,
) -> None:
    """Parse, read, print."""
    import asyncio

    from modstream.console import out
    from modstream.dlq.errors import LetterNotFoundError
    from modstream.dlq.reading import fetch
    from modstream.dlq.report import as_json, tell
    from modstream.dlq.showing import fields, lines
    from modstream.errors import OptionsError
    from modstream.settings import DoorSettings

    if raw and json:
        raise OptionsError("--raw and --json exclude each other: bytes as they are, or JSON")
    at, catalogue = _read(DoorSettings())
    cases = catalogue.find(wanted)
    if not cases:
        raise LetterNotFoundError(wanted, catalogue.letters)
    if raw:
        _require_one(wanted, cases)
    records = asyncio.run(fetch(at, [case.letter.place for case in cases]))
    for number, case in enumerate(cases):
        record = records.get(case.letter.place)
        if record is None:  # retention deleted it since it was found
            raise LetterNotFoundError(wanted, catalogue.letters)
        if raw:
            _write_value(case, record.value)
        elif json:
            tell(as_json(fields(case, record)), out)
        else:
            for line in (*([""] if number else []), *lines(case, record)):
                tell(line, out)


def replay(
    *,
    reason: Reason = None,
    rate: Annotated[
        str | None, typer.Option(metavar="N|max", help="Comments a second.", show_default="100")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Send no more than the N oldest.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, send nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Parse, read, send, print."""
    from modstream.commands.stopping import stopping
    from modstream.console import out, progress
    from modstream.dlq import report
    from modstream.dlq.resubmitting import plan, resubmit
    from modstream.replay.pacing import parse_pace
    from modstream.settings import DoorSettings

    pace = parse_pace(rate, None, DEFAULT_PER_S)
    settings = DoorSettings()
    at, catalogue = _read(settings)
    planned = plan(catalogue.cases(reason), limit)
    sent = None
    if not dry_run:
        with stopping() as should_stop, progress("bringing back", total=len(planned.chosen)) as advance:
            topic = settings.topics.comments.name
            sent = resubmit(planned.chosen, at, topic, pace, on_sent=advance, should_stop=should_stop)
    if json:
        report.tell(report.as_json(report.replay_fields(planned, sent, catalogue.unreadable)), out)
    else:
        listed = report.plan_lines(planned) if dry_run else ()
        for line in (*listed, *report.unreadable_lines(catalogue), *report.replay_lines(planned, sent)):
            report.tell(line, out)
    if planned.not_replayable or (sent is not None and sent.failed):
        raise typer.Exit(1)


def _read(settings: "DoorSettings") -> tuple["Cluster", "Catalogue"]:
    """Return the cluster and what is known of its dead letters."""
    import asyncio

    from modstream.cluster import cluster_of, require_broker
    from modstream.console import progress
    from modstream.dlq.reading import read_catalogue

    at = cluster_of(settings)
    require_broker(at)
    with progress("reading", total=None) as advance:
        return at, asyncio.run(read_catalogue(at, settings.topics, advance))


def _require_one(wanted: str, cases: list["Case"]) -> None:
    from modstream.dlq.errors import AmbiguousIdError

    if len(cases) > 1:
        raise AmbiguousIdError(wanted, [case.letter.event_id for case in cases])


def _write_value(case: "Case", value: bytes | None) -> None:
    import sys

    from modstream.dlq.errors import NoValueError

    if value is None:
        raise NoValueError(case.letter.event_id, case.obstacle or "the record had none")
    sys.stdout.buffer.write(value)
    sys.stdout.buffer.flush()
