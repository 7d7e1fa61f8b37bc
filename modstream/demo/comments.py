"""The comments of a demo: a file's, or synthetic ones."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import msgspec

from modstream.demo.errors import NoCommentsError
from modstream.demo.options import DemoOptions
from modstream.replay import Outgoing
from modstream.replay.files import CommentFiles
from modstream.replay.reading import outgoing, rounds

SYNTHETIC = 3_000
SEED = 1


def open_comments(options: DemoOptions) -> Iterator[Outgoing]:
    """Return the comments to replay; the first is read now, so that a wrong file is told at once.

    Raises:
        DataError: If the file cannot be used.
        NoCommentsError: If there is no comment in it.
    """
    comments = synthetic() if options.comments is None else of_file(options.comments)
    first = next(comments, None)
    if first is None:
        raise NoCommentsError(str(options.comments))
    return islice(chain([first], comments), options.limit)


def of_file(path: Path) -> Iterator[Outgoing]:
    """Return a file's comments."""
    return rounds(CommentFiles([str(path)]).read)


def synthetic() -> Iterator[Outgoing]:
    """Return comments that nobody wrote; the same at every run."""
    from training.sample import generate

    for number, comment in enumerate(generate(SYNTHETIC, SEED), start=1):
        yield outgoing(msgspec.to_builtins(comment), f"synthetic comment {number}")
