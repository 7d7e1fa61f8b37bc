"""The verbs of the `modstream` command: a module each, which parses and hands over."""

from collections.abc import Callable

import typer

from modstream.commands import (
    chaos,
    demo,
    dlq,
    evaluate,
    kafka,
    replay,
    sample,
    score,
    serve,
    topics,
    train,
    verify,
    worker,
)

ALL: tuple[Callable[[typer.Typer], None], ...] = tuple(
    verb.add_to
    for verb in (
        demo,
        kafka,
        topics,
        sample,
        train,
        evaluate,
        score,
        serve,
        worker,
        replay,
        verify,
        dlq,
        chaos,
    )
)
"""Functions that add a verb to the command, in the order of `modstream --help`."""
