"""`modstream explain`: why a comment has its probability."""

import math
from pathlib import Path
from typing import Annotated

import typer

HELP = """Say how likely a moderator is to remove a comment, and why.

Each reason is what a word, a phrase or a trait of the whole comment (in brackets) adds to the log-odds: above
zero speaks for removal. All reasons and the model's intercept add up to the comment's log-odds. On a terminal
the comment is coloured by its words, red for removal, green against it.

\b
Examples:
  modstream explain "This study is a joke lol"
  echo "A comment" | modstream explain -
  modstream explain - --model models/mine --reasons 20 --json < comment.txt
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("explain", help=HELP)(explain_command)


def explain_command(
    text: Annotated[
        str, typer.Argument(metavar="TEXT|-", help="The comment; - reads it from standard input.")
    ],
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The bundle (MOD_MODEL_DIR, or the shipped one)."),
    ] = None,
    reasons: Annotated[int, typer.Option(min=0, help="How many to name; 0 for all.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Parse, explain, print."""
    import sys
    from json import dumps

    from model_service.bundle import load_bundle
    from model_service.scorer import Scorer
    from model_service.settings import ServiceSettings
    from modstream.console import out, say
    from modstream.explaining import coloured, lines

    bundle = load_bundle(model or ServiceSettings().model_dir)
    comment = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
    (explanation,) = Scorer(bundle.weights).explain([comment])
    every = explanation.reasons()
    log_odds = explanation.intercept + math.fsum(reason.weight for reason in every)
    shown = every[: reasons or None]
    if json:
        answer = {
            "probability": sigmoid(log_odds),
            "log_odds": log_odds,
            "intercept": explanation.intercept,
            "model_version": bundle.model_version,
            "reasons": [reason._asdict() for reason in shown],
        }
        say(dumps(answer))  # all ASCII: a word may hold what a terminal obeys
        return
    say(
        f"{sigmoid(log_odds):.1%} likely to be removed (log-odds {log_odds:+.3f}), "
        f"says model {bundle.model_version}"
    )
    if out.is_terminal:
        out.print(coloured(comment, explanation))
    for line in lines(shown):
        out.print(line)
    if left := every[len(shown) :]:
        say(f"{math.fsum(reason.weight for reason in left):+7.3f} {len(left)} more")
    say(f"{explanation.intercept:+7.3f} every comment (the intercept)")


def sigmoid(log_odds: float) -> float:
    """Return the probability that log-odds stand for."""
    small = math.exp(-abs(log_odds))
    return (1.0 if log_odds >= 0 else small) / (1.0 + small)
