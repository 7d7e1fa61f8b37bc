"""The `modstream` command: finds the verb, runs it, and turns known errors into one sentence."""

import errno
import os
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from model_service.errors import ModelServiceError
from modstream.commands import ALL
from modstream.console import err
from modstream.errors import ModstreamError
from streams.errors import PipelineError
from streams.settings import what_is_wrong
from training.errors import TrainingError

app = typer.Typer(
    help="Real-time comment moderation on Kafka with Faust and a Seldon-wrapped classifier.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for add_to in ALL:
    add_to(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"modstream {version('modstream')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Real-time comment moderation on Kafka with Faust and a Seldon-wrapped classifier."""


def run() -> None:
    """Run the command line and exit with its status; a known error is one sentence."""
    try:
        app()
    except (ModstreamError, PipelineError, ModelServiceError, TrainingError) as error:
        err.print(f"modstream: {error}", markup=False)
        sys.exit(getattr(error, "exit_code", 1))
    except ValidationError as error:
        err.print(f"modstream: {what_is_wrong(error)}", markup=False)
        sys.exit(2)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # What standard output has not taken would be told of once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        err.print(f"modstream: cannot write the output: {error.strerror}", markup=False)
        sys.exit(1)
