"""`modstream demo`: the whole pipeline on this machine, in one command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from modstream.demo.options import DemoOptions, DemoReport

DEFAULT_PER_S = 250

HELP = """Run the whole pipeline on this machine and prove the result.

Starts a Kafka broker, the model service and workers on free ports, replays comments, shows predictions and
alerts as they happen, and ends with 'modstream verify': one outcome for every comment. Without --comments it
makes synthetic ones. MOD_KAFKA_BOOTSTRAP and MOD_CLASSIFIER_URL name a cluster and a service to use instead;
a running 'modstream kafka up' is used too. Demos may run side by side.

\b
Examples:
  modstream demo
  modstream demo --comments comments.csv --rate max --workers 2
  modstream demo --limit 500 --json report.json
  modstream demo --keep            leave everything running
  modstream demo --stop            stop what --keep left
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("demo", help=HELP)(demo_command)


def demo_command(
    comments: Annotated[
        Path | None, typer.Option(help="CSV or NDJSON of comments, also .gz or .zst.  [default: synthetic]")
    ] = None,
    rate: Annotated[str, typer.Option(metavar="N|max", help="Comments a second.")] = str(DEFAULT_PER_S),
    limit: Annotated[int | None, typer.Option(min=1, help="Comments to replay, at most.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Faust workers.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running at the end.")] = False,
    json: Annotated[Path | None, typer.Option(metavar="REPORT", help="Write a report as JSON.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop what --keep left running.")] = False,
) -> None:
    """Parse, run, report."""
    if stop:
        _stop_kept()
        return

    from modstream.demo.options import DemoOptions
    from modstream.replay.pacing import parse_pace
    from modstream.thresholds import threshold_of

    threshold_of()  # a wrong setting is told here, not in a worker's log
    options = DemoOptions(comments, parse_pace(rate, None, DEFAULT_PER_S), limit, workers, keep)
    report = _run_or_be_stopped(options, json)
    if not report.verification.ok:
        raise typer.Exit(1)


def _run_or_be_stopped(options: "DemoOptions", json: Path | None) -> "DemoReport":
    from modstream.commands.stopping import SIGNALLED, interrupted_once
    from modstream.console import err

    with interrupted_once() as came:
        try:
            return _run(options, json)
        except KeyboardInterrupt:
            err.print(
                "modstream: the demo was stopped before its end; nothing of it is left running", markup=False
            )
            raise typer.Exit(SIGNALLED + came[0] if came else 1) from None


def _run(options: "DemoOptions", json: Path | None) -> "DemoReport":
    import os

    from modstream.demo.comments import open_comments
    from modstream.demo.options import write_report
    from modstream.demo.report import show
    from modstream.demo.run import Demo
    from modstream.demo.stack import Stack
    from modstream.settings import DoorSettings

    comments = open_comments(options)  # a wrong file is told before anything starts
    service_url = os.environ.get("MOD_CLASSIFIER_URL")  # no setting: its default is no service to rely on
    with write_report(json) as write, Stack(DoorSettings(), service_url, keep=options.keep) as stack:
        report = Demo(stack, comments.each, options).run()
        write(report)
        show(report, comments.skipped, stack, options)
        if options.keep:
            stack.detach()
    return report


def _stop_kept() -> None:
    from modstream.console import err, say
    from modstream.demo.kept import stop_all
    from modstream.settings import DoorSettings

    done = list(stop_all(DoorSettings()))
    failed = [(folder, problem) for folder, problem in done if problem is not None]
    for folder, problem in failed:
        err.print(f"modstream: {folder.name} could not be stopped in full: {problem}", markup=False)
    stopped = len(done) - len(failed)
    say(f"stopped {stopped} kept demo(s)" if done else "no kept demo is running")
    if failed:
        raise typer.Exit(1)
