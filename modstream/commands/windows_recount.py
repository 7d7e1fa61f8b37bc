"""`modstream windows recount`: what the statistics have to be."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modstream.commands.options import Threshold

if TYPE_CHECKING:
    from streams.window_records import WindowStats

HELP = """Count the windows from scratch, from the predictions on their topic or in files.

Prints a line of JSON for each window and subreddit, the oldest window first,
as the worker publishes the last of its revisions (with revision 0). Windows
are cut as the MOD_WINDOW_... settings say: use those of the worker.

\b
Examples:
  modstream windows recount > windows.ndjson
  modstream windows recount predictions.ndjson
  modstream windows recount 2023.parquet
  modstream windows recount | jq 'select(.subreddit == "*") | .count'
"""


def add_to(group: typer.Typer) -> None:
    """Add the verb to the group `windows`."""
    group.command("recount", help=HELP)(recount)


def recount(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Predictions, NDJSON or .parquet, as 'modstream score' writes them.",
            show_default=False,
        ),
    ] = None,
    threshold: Threshold = None,
) -> None:
    """Parse, count, print."""
    from rich.text import Text

    from modstream.console import out
    from modstream.thresholds import threshold_of
    from streams.records import encode

    limit = threshold_of(threshold)
    for row in _of_files(files, limit) if files else _of_topics(limit):
        out.print(Text(encode(row).decode()))


def _of_topics(threshold: float) -> "list[WindowStats]":
    from modstream.cluster import cluster_of, require_broker
    from modstream.console import progress
    from modstream.settings import DoorSettings
    from modstream.windows.counting import of_topics
    from streams.settings import StreamSettings

    settings = DoorSettings()
    at = cluster_of(settings)
    require_broker(at)
    with progress("counting", total=None) as advance:
        return of_topics(at, settings.topics, threshold, StreamSettings().windows, advance)


def _of_files(files: list[Path], threshold: float) -> "Iterator[WindowStats]":
    from modstream.settings import DoorSettings
    from modstream.windows.counting import of_lines
    from streams.settings import StreamSettings

    worker = StreamSettings()
    partitions = DoorSettings().topic_partitions
    return of_lines(_lines(files), threshold, worker.windows, partitions, worker.max_ahead_s)


def _lines(files: list[Path]) -> Iterator[tuple[str, bytes]]:
    from modstream.score.parquet import read_parquet
    from modstream.score.state import is_parquet
    from modstream.windows.errors import PredictionsUnreadableError

    for path in files:
        if is_parquet(str(path)):
            yield from read_parquet(path)
            continue
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    yield f"{path}:{number}", line
        except OSError as error:
            raise PredictionsUnreadableError(path, error.strerror or str(error)) from error
