"""Options that several verbs share."""

from typing import Annotated

import typer

Threshold = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help="A probability above it is an alert, to the worker as here.",
        show_default="MOD_MODERATION_THRESHOLD or 0.5",
    ),
]
