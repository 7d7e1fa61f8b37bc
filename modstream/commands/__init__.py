"""The verbs of the `modstream` command: a module each, which parses and hands over."""

from collections.abc import Callable

import typer

from modstream.commands import (
    chaos,
    demo,
    dlq,
    doctor,
    evaluate,
    explain,
    kafka,
    replay,
    sample,
    score,
    serve,
    state,
    topics,
    train,
    verify,
    windows,
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
        explain,
        score,
        serve,
        worker,
        replay,
        verify,
        windows,
        state,
        dlq,
        doctor,
        chaos,
    )
)
"""Functions that add a verb to the command, in the order of `modstream --help`."""
