"""The verbs of the `modstream` command: a module each, which parses and hands over."""

from collections.abc import Callable

import typer

ALL: tuple[Callable[[typer.Typer], None], ...] = ()
"""Functions that add a verb to the command, in the order of `modstream --help`."""
