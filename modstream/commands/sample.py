"""`modstream sample`: synthetic, labelled comments."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

STDOUT = "-"
STDOUT_FD = 1
NDJSON_ENDINGS = (".ndjson", ".jsonl", ".json")
COMPRESSED_ENDINGS = (".gz", ".zst")

HELP = """Make synthetic, labelled comments, to train on and to replay.

They read like comments of a science subreddit; nobody wrote them. About 35 %
are marked as removed, and not always for a reason that the text shows, as
with real moderators. The same seed gives the same comments.

\b
Examples:
  modstream sample --out comments.csv          1,000 comments
  modstream sample --n 5000 --seed 7 --out comments.ndjson
  modstream sample | modstream replay -
  modstream sample --format ndjson | head -3
"""


class Format(StrEnum):
    """How comments are written."""

    CSV = "csv"
    NDJSON = "ndjson"


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("sample", help=HELP)(sample_command)


def sample_command(
    n: Annotated[int, typer.Option("--n", metavar="N", min=1, help="How many comments.")] = 1000,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Decides everything about them.")] = 1,
    out: Annotated[
        str, typer.Option(metavar="FILE|-", help="Where to; a file is replaced, - is standard output.")
    ] = STDOUT,
    form: Annotated[
        Format | None, typer.Option("--format", help="How.", show_default="the file's ending, or csv")
    ] = None,
) -> None:
    """Parse, generate, write."""
    from training.errors import SampleUnwritableError

    if out.lower().endswith(COMPRESSED_ENDINGS):
        raise SampleUnwritableError(out, "files are not compressed here; name a .csv or .ndjson file")
    try:
        _write(n, seed, out, form or _format_of(out))
    except BrokenPipeError:
        return  # the reader, such as `head`, has enough
    except OSError as error:
        where = "standard output" if out == STDOUT else out
        raise SampleUnwritableError(where, error.strerror or str(error)) from error
    if out != STDOUT:
        from modstream.console import err

        err.print(f"wrote {n:,} comments to {out}", markup=False)


def _write(n: int, seed: int, out: str, form: Format) -> None:
    from training.sample import generate, write_csv, write_ndjson

    write = {Format.CSV: write_csv, Format.NDJSON: write_ndjson}[form]
    # Past sys.stdout: what it could not write, it would try once more, and complain about, at exit.
    with open(STDOUT_FD, "wb", closefd=False) if out == STDOUT else Path(out).open("wb") as stream:
        write(generate(n, seed), stream)


def _format_of(out: str) -> Format:
    return Format.NDJSON if out.lower().endswith(NDJSON_ENDINGS) else Format.CSV
