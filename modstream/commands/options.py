"""Options that several verbs share."""

from typing import Annotated

import typer

METAVAR = "N|NAME"


def _checked(given: str | None) -> str | float | None:
    if given is None:
        return None
    from streams.settings import parse_threshold

    try:
        return parse_threshold(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Threshold = Annotated[
    str | None,  # a float where it is a number: Typer knows no options of two types
    typer.Option(
        metavar=METAVAR,
        callback=_checked,
        help="A probability above it is an alert, to the worker as here; a name is one of the bundle's.",
        show_default="MOD_MODERATION_THRESHOLD or 0.5",
    ),
]

WorkerThreshold = Annotated[
    str | None,
    typer.Option(
        metavar=METAVAR,
        callback=_checked,
        help="Alert above it; a name is one of the model's.  [default: MOD_MODERATION_THRESHOLD, or 0.5]",
    ),
]
