"""`modstream verify`: is every comment accounted for?"""

from typing import TYPE_CHECKING, Annotated

import typer

from modstream.commands.options import Threshold

if TYPE_CHECKING:
    from modstream.verify import Verdict
    from streams.kafka_cluster import Cluster
    from streams.topics import Topics
    from streams.windows import WindowSpec

HELP = """Account for every comment: predicted, dead-lettered, or missing.

Reads the input, prediction, alert and dead-letter topics from their start
to where they end now. An output that repeats an earlier one (a redelivery)
is fine; a missing, contradictory or misplaced one is an error, and the exit
status is then 1. The statistics of the windows are compared with a recount
of the predictions: set MOD_WINDOW_SIZE_S and the like as the worker has them,
and MOD_MODEL_DIR to the model's folder if the threshold is one of its names.
For topics under a prefix set MOD_TOPIC_PREFIX.

\b
Examples:
  modstream verify                  account for what is there now
  modstream verify --wait 60        give the worker up to a minute
  modstream verify --follow         keep reading until Ctrl-C
  modstream verify --json | jq .missing
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("verify", help=HELP)(verify_command)


def verify_command(
    wait_s: Annotated[
        float,
        typer.Option("--wait", metavar="S", min=0.0, help="Wait up to S seconds until all have an outcome."),
    ] = 0.0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep reading until Ctrl-C, then give the verdict.")
    ] = False,
    threshold: Threshold = None,
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Parse, verify, print."""
    from modstream.errors import OptionsError

    if follow and wait_s:
        raise OptionsError("--follow and --wait exclude each other: until Ctrl-C, or for S seconds")

    from modstream.cluster import cluster_of, require_broker
    from modstream.console import out, say
    from modstream.settings import DoorSettings
    from modstream.thresholds import threshold_of
    from modstream.verify.report import as_json, show
    from streams.settings import StreamSettings

    settings = DoorSettings()
    at = cluster_of(settings)
    require_broker(at)
    worker = StreamSettings()
    limit = threshold_of(threshold)
    topics = settings.topics
    if follow:
        verdict = _follow(at, topics, limit, worker.windows)
    else:
        verdict = _once(at, topics, limit, worker.windows, wait_s)
    if json:
        say(as_json(verdict))
    else:
        show(verdict, out)
    if not verdict.ok:
        raise typer.Exit(1)


def _once(
    at: "Cluster", topics: "Topics", threshold: float, windows: "WindowSpec", wait_s: float
) -> "Verdict":
    import asyncio

    from modstream.console import progress
    from modstream.verify.audit import audit_once

    with progress("verifying", total=None) as advance:
        return asyncio.run(audit_once(at, topics, threshold, windows=windows, wait_s=wait_s, on_read=advance))


def _follow(at: "Cluster", topics: "Topics", threshold: float, windows: "WindowSpec") -> "Verdict":
    import asyncio

    from modstream.commands.stopping import stopping
    from modstream.console import err
    from modstream.verify.audit import audit_until_stopped
    from modstream.verify.report import standing

    with stopping() as should_stop, standing(err) as on_round:
        return asyncio.run(
            audit_until_stopped(
                at, topics, threshold, windows=windows, should_stop=should_stop, on_round=on_round
            )
        )
