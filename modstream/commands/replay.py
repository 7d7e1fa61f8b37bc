"""`modstream replay`: comments from files onto the stream."""

from itertools import islice
from typing import Annotated

import typer

DEFAULT_PER_S = 100.0

HELP = """Send comments from files to the stream, at a chosen pace.

Files are CSV or NDJSON, plain, gzip or Zstandard; - is standard input.
Every field goes on the stream but the label 'removed'. Rows that are no
comments are skipped and named. Ctrl-C ends cleanly: what was sent is
confirmed and counted; a second Ctrl-C ends at once.

With --loop, ids stay unique: round 2 sends c1-2, c2-2, and so on.

\b
Examples:
  modstream replay comments.csv                   100 comments a second
  modstream replay RC_2023-01.zst --rate max      as fast as it goes
  modstream replay comments.ndjson --speed x60    an hour in a minute
  modstream replay comments.csv --loop --rate 20
  modstream replay comments.csv --shuffle --seed 7 --limit 1000
  zcat comments.csv.gz | modstream replay - --json
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("replay", help=HELP)(replay_command)


def replay_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files of comments; - is stdin.")],
    *,
    rate: Annotated[
        str | None, typer.Option(metavar="N|max", help="Comments a second.", show_default="100")
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(metavar="xN", help="The comments' own times (created_utc), N times as fast."),
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="Begin again after the end; ids then end in the round's number.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Send no more than N comments.")
    ] = None,
    shuffle: Annotated[
        bool, typer.Option("--shuffle", help="Send in random order; reads all files into memory first.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Decides the order of --shuffle.")] = 0,
    topic: Annotated[
        str | None, typer.Option(help="Where to.", show_default="reddit_stream after MOD_TOPIC_PREFIX")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Parse, replay, print."""
    from modstream.cluster import cluster_of, require_broker
    from modstream.commands.stopping import stopping
    from modstream.console import progress, say
    from modstream.errors import OptionsError
    from modstream.replay import replay
    from modstream.replay.files import CommentFiles
    from modstream.replay.pacing import parse_pace
    from modstream.replay.reading import rounds, shuffled
    from modstream.replay.summary import as_json, lines
    from modstream.settings import DoorSettings

    if shuffle and speed:
        raise OptionsError(
            "--shuffle and --speed exclude each other: shuffled comments are in no order of time"
        )
    if loop and "-" in files:
        raise OptionsError("--loop cannot begin standard input again: name files")
    pace = parse_pace(rate, speed, DEFAULT_PER_S)
    settings = DoorSettings()
    at = cluster_of(settings)
    require_broker(at)
    source = CommentFiles(files)
    read = shuffled(source.read, seed) if shuffle else source.read
    with stopping() as should_stop, progress("replaying", total=limit) as advance:
        report = replay(
            islice(rounds(read, forever=loop), limit),
            at,
            topic or settings.topics.comments.name,
            pace,
            on_sent=advance,
            should_stop=should_stop,
        )
    if json:
        say(as_json(report, source))
    else:
        for line in lines(report, source):
            say(line)
    if report.failed:
        raise typer.Exit(1)
