"""The comments of a chaos run: a file's or synthetic ones, again and again with new ids."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from modstream.chaos.errors import NoCommentsError
from modstream.replay import Outgoing
from modstream.replay.files import CommentFiles
from modstream.replay.reading import rounds

SYNTHETIC = 5_000
"""So many different ones are made; then they come again under new ids."""


def comments(count: int, seed: int, data: Path | None) -> Iterator[Outgoing]:
    """Return so many comments; the first is read now, so that a wrong file is told at once.

    Raises:
        DataError: If the file cannot be used.
        NoCommentsError: If there is no comment in it.
    """
    if data is None:
        rows = list(_synthetic(min(count, SYNTHETIC), seed))
        each = rounds(lambda: rows, forever=True)
    else:
        each = rounds(CommentFiles([str(data)]).read, forever=True)
    first = next(each, None)
    if first is None:
        raise NoCommentsError(str(data))
    return islice(chain([first], each), count)


def _synthetic(count: int, seed: int) -> Iterator[tuple[Mapping[str, Any], str]]:
    from training.sample import generate

    for number, comment in enumerate(generate(count, seed), start=1):
        yield msgspec.to_builtins(comment), f"synthetic comment {number}"
