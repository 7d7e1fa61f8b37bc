"""`modstream state`: how far the workers are."""

from typing import Annotated

import typer

SHOW_HELP = """Show for each partition what is committed, counted in windows, and waits.

A worker checkpoints its windows before it commits: next_offset is what the
windows have counted up to, and is never behind what is committed; if it is,
a warning says so. Comments below the watermark are late. Windows and rows
(a window's subreddits) are those still open, and bytes what the checkpoint
takes. Windows wait for no idle partition.

The last line is the merger's, which makes whole windows of the partitions'.
The group is MOD_GROUP_ID; for topics under a prefix set MOD_TOPIC_PREFIX.

\b
Examples:
  modstream state show
  modstream state show --json | jq '.partitions[] | {partition, lag}'
  watch -n 5 modstream state show
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    group = typer.Typer(help="How far the workers and their windows are.", no_args_is_help=True)
    group.callback()(_group)
    group.command("show", help=SHOW_HELP)(show)
    app.add_typer(group, name="state")


def _group() -> None:
    """How far the workers and their windows are."""


def show(json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Parse, read, print."""
    import asyncio

    from rich.text import Text

    from modstream.cluster import cluster_of, require_broker
    from modstream.console import out
    from modstream.settings import DoorSettings
    from modstream.state import report
    from modstream.state.reading import read_standing
    from streams.settings import StreamSettings

    settings = DoorSettings()
    at = cluster_of(settings)
    require_broker(at)
    standing = asyncio.run(read_standing(at, settings.topics, StreamSettings().consumer_group))
    if json:
        out.print(Text(report.as_json(standing)))
        return
    if out.is_terminal:
        out.print(report.table(standing, out.width))
    else:
        for each in report.lines(standing):
            out.print(Text(each))
    for each in (report.merger_line(standing), *(f"warning: {each}" for each in standing.warnings)):
        out.print(Text(each))
