"""`modstream evaluate`: how good a model is on a labelled file."""

from pathlib import Path
from typing import Annotated

import typer

HELP = """Score a labelled file with a model, and say how well that agrees with the moderators.

\b
Examples:
  modstream evaluate --data comments.csv                      the shipped model
  modstream evaluate --model models/mine --data other.csv.gz --json
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("evaluate", help=HELP)(evaluate_command)


def evaluate_command(
    data: Annotated[Path, typer.Option(metavar="FILE", help="Labelled comments, as for 'modstream train'.")],
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The bundle.  [default: MOD_MODEL_DIR, or the shipped one]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Parse, evaluate, print."""
    import msgspec

    from model_service.settings import ServiceSettings
    from modstream.console import say
    from training.evaluation import evaluate, figures

    metrics, bad_rows = evaluate(model or ServiceSettings().model_dir, data)
    if json:
        say(msgspec.json.encode(metrics).decode())
        return
    if bad_rows:
        say(f"{bad_rows:,} rows were no comments and were left out")
    say(f"{metrics.n:,} comments: {figures(metrics)}")
