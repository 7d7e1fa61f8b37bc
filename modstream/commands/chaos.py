"""`modstream chaos`: kill, pause and replace the parts of a pipeline under load, and prove the result."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from modstream.chaos.plan import Plan
    from modstream.chaos.report import ChaosReport
    from modstream.chaos.writing import Files

DEFAULT_COMMENTS = 20_000
SEEDS = 1_000_000

HELP = """Kill and pause a pipeline's parts under load; prove that nothing was lost.

Starts a broker, a model service and workers of its own, in a folder of
their own (never another cluster: MOD_KAFKA_BOOTSTRAP is not used), and
sends comments. At random moments it kills, pauses and stops workers,
service and broker, adds and removes workers, and puts bad records on the
stream. The same seed gives the same schedule.

Then it lets the pipeline recover and ends with 'modstream verify' and a
report. The exit status is 0 only if no comment was lost, no outcome
conflicts, redeliveries stay in their bound, and nothing is left waiting.

\b
Scenarios:
  random          kills, pauses and all the rest, drawn from the seed
  broker-away     the broker is stopped for 60 s
  service-away    the model service is stopped for 60 s
  worker-paused   one of two workers is paused for 60 s
  rolling         1, 4, 1 workers every 20 s, for 5 minutes
  replace         the only worker is killed and replaced, five times

\b
Examples:
  modstream chaos
  modstream chaos --comments 250000 --kills 50 --seed 7 --json report.json
  modstream chaos --scenario replace
  modstream chaos --data comments.csv --keep
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("chaos", help=HELP)(chaos_command)


def chaos_command(
    comments: Annotated[int, typer.Option(min=1, help="Comments to send.")] = DEFAULT_COMMENTS,
    kills: Annotated[int | None, typer.Option(min=0, help="SIGKILLs.  [default: 20]")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Decides the schedule.  [default: random]")] = None,
    scenario: Annotated[str, typer.Option(help="What happens; see above.")] = "random",
    seconds: Annotated[
        float | None,
        typer.Option(min=1.0, help="Time over which the faults are spread.  [default: 6 s a kill]"),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Comments a second.  [default: spread over the faults]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Workers at first, up to 4.  [default: 2]")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="CSV or NDJSON of comments.  [default: synthetic]")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="REPORT", help="Write the report as JSON, and a picture beside it.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write the picture here.  [default: beside the report]")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave logs and records; after a failed run they stay anyway.")
    ] = False,
) -> None:
    """Parse, run, report."""
    import random

    from modstream.chaos.plan import ChaosOptions, plan_of
    from modstream.chaos.writing import Files

    options = ChaosOptions(
        comments=comments,
        kills=kills,
        seed=random.SystemRandom().randrange(SEEDS) if seed is None else seed,
        scenario=scenario,
        seconds=seconds,
        per_s=rate,
        workers=workers,
        data=data,
    )
    plan = plan_of(options)
    files = Files(json, picture or (json.with_suffix(".png") if json else None))
    files.require_writable()
    report = _run_or_be_stopped(plan, data, files, keep)
    if not report.ok:
        raise typer.Exit(1)


def _run_or_be_stopped(plan: "Plan", data: Path | None, files: "Files", keep: bool) -> "ChaosReport":
    from modstream.commands.stopping import SIGNALLED, interrupted_once
    from modstream.console import err

    with interrupted_once() as came:
        try:
            return _run(plan, data, files, keep)
        except KeyboardInterrupt:
            err.print(
                "modstream: the chaos run was stopped before its end; nothing of it is left running",
                markup=False,
            )
            raise typer.Exit(SIGNALLED + came[0] if came else 1) from None


def _run(plan: "Plan", data: Path | None, files: "Files", keep: bool) -> "ChaosReport":
    from modstream.chaos.loading import comments
    from modstream.chaos.report import lines
    from modstream.chaos.run import ChaosRun
    from modstream.chaos.stack import Stack
    from modstream.console import out, say
    from modstream.settings import DoorSettings
    from modstream.thresholds import threshold_of
    from modstream.verify.report import show

    threshold_of()  # a wrong setting is told here, not in a worker's log
    each = comments(plan.comments, plan.seed, data)
    with Stack(DoorSettings(), keep=keep) as stack:
        run = ChaosRun(plan, each, stack)
        report = run.run()
        stack.keep = keep or not report.ok
        show(report.verdict, out)
        for line in lines(report):
            say(line)
        for path in files.write(report, run.watcher.samples):
            say(f"written: {path}")
        if stack.keep:
            say(f"logs and records are in {stack.folder}")
    return report
