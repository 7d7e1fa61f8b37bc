"""`modstream evaluate`: how good a model is on a labelled file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.thresholds import Choice, Share

HELP = """Score a labelled file with a model, and say how well that agrees with the moderators.

The table says what each threshold would give, the model's own by their names: how many alerts, how many of
them are right (precision), and how many of the removed comments have one (recall), each with its 95%
interval. The figures are too good for comments that the model has learnt from.

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
        typer.Option(metavar="DIR", help="The bundle (MOD_MODEL_DIR, or the shipped one)."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Parse, evaluate, print."""
    import msgspec

    from model_service.settings import ServiceSettings
    from modstream.console import say
    from modstream.wording import counted
    from training.evaluation import evaluate, figures

    found = evaluate(model or ServiceSettings().model_dir, data)
    if json:
        say(
            msgspec.json.encode(
                msgspec.to_builtins(found.metrics) | {"thresholds": msgspec.to_builtins(found.choices)}
            ).decode()
        )
        return
    if found.bad_count:
        say(f"{counted(found.bad_count, 'row')} without a comment or a label left out")
    if found.learnt_from:
        say("the model has learnt from this very file: on other comments it is not as good as this")
    say(f"{found.metrics.n:,} comments: {figures(found.metrics)}")
    for choice in found.choices:
        names = [name for name, threshold in found.names.items() if threshold == choice.threshold]
        say(f"{_line(choice)}  {' '.join(names)}".rstrip())


def _line(choice: "Choice") -> str:
    return (
        f"threshold {choice.threshold:5.3f}: {_per_1000(choice.alerts)} alerts per 1,000 comments, "
        f"precision {_percent(choice.precision)}, recall {_percent(choice.recall)}"
    )


def _per_1000(share: "Share | None") -> str:
    if share is None:
        return "   -"
    return f"{1_000 * share.share:4.0f} ({1_000 * share.low:.0f} to {1_000 * share.high:.0f})"


def _percent(share: "Share | None") -> str:
    if share is None:
        return "   -".ljust(len(" 50% ( 40% to  60%)"))
    return f"{share.share:4.0%} ({share.low:4.0%} to {share.high:4.0%})"
