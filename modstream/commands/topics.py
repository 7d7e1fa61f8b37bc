"""`modstream topics`: the pipeline's topics on the cluster."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from modstream.topic_admin import TopicReport, TopicState

CREATE_HELP = """Create those of the pipeline's topics that are missing.

Existing topics are left as they are; where one is not what the pipeline needs (partitions, clean-up policy,
size limit) this says so and the exit status is 1. Names get MOD_TOPIC_PREFIX, partitions are
MOD_TOPIC_PARTITIONS (4), the replication factor is the cluster's default.

\b
Examples:
  modstream topics create
  MOD_TOPIC_PARTITIONS=12 modstream topics create
  MOD_KAFKA_BOOTSTRAP=kafka.example:9092 modstream topics create --json
"""

LS_HELP = """List the pipeline's topics: partitions, clean-up policy, records, purpose, and what is missing.

Records are counted by offsets, so a compacted topic holds fewer.

\b
Examples:
  modstream topics ls
  modstream topics ls --json | jq '.[] | select(.missing) | .name'
"""

Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    group = typer.Typer(help="The pipeline's topics on the cluster.", no_args_is_help=True)
    group.command("create", help=CREATE_HELP)(create)
    group.command("ls", help=LS_HELP)(ls)
    app.add_typer(group, name="topics")


def create(json: Json = False) -> None:
    """Parse, create, print."""
    from modstream import topic_admin
    from modstream.cluster import cluster_of
    from modstream.settings import DoorSettings

    settings = DoorSettings()
    reports = topic_admin.create(cluster_of(settings), settings.topics)
    if json:
        _print_json(reports)
    else:
        _print_reports(reports)
    if any(report.outcome == "differs" for report in reports):
        raise typer.Exit(1)


def ls(json: Json = False) -> None:
    """Parse, look, print."""
    from modstream import topic_admin
    from modstream.cluster import cluster_of
    from modstream.settings import DoorSettings

    settings = DoorSettings()
    states = topic_admin.ls(cluster_of(settings), settings.topics)
    if json:
        _print_json(states)
    else:
        _print_table(states)


def _print_json(rows: Sequence["TopicReport | TopicState"]) -> None:
    import json
    from dataclasses import asdict

    from modstream.console import say

    say(json.dumps([asdict(row) for row in rows]))


def _print_reports(reports: Sequence["TopicReport"]) -> None:
    from modstream.console import err, say

    for report in reports:
        say(f"{report.name}: {'; '.join([report.outcome, *report.differences])}")
    different = [report.name for report in reports if report.outcome == "differs"]
    if different:
        err.print(
            f"modstream: not what the pipeline needs: {', '.join(different)}; delete and create them again, "
            "or use topics of another name with MOD_TOPIC_PREFIX",
            markup=False,
        )


def _row(state: "TopicState") -> tuple[str, ...]:
    if state.missing:
        return (state.name, "missing", "", "", state.purpose)
    return (
        state.name,
        str(state.partitions),
        state.cleanup_policy or "",
        f"{state.records:,}",
        "; ".join([state.purpose, *state.differences]),
    )


def _print_table(states: Sequence["TopicState"]) -> None:
    from rich.table import Table
    from rich.text import Text

    from modstream.console import out, say

    rows = [_row(state) for state in states]
    if not out.is_terminal:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            say("  ".join(map(str.ljust, row, widths)).rstrip())
        return
    table = Table("topic", "partitions", "clean-up", "records", "purpose")
    table.columns[1].justify = table.columns[3].justify = "right"
    for row in rows:
        # As text: a name's square brackets are not markup.
        table.add_row(*map(Text, row))
    out.print(table)
