"""The comments of a demo: a file's, or synthetic ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

import msgspec

from modstream.demo.errors import NoCommentsError
from modstream.demo.options import DemoOptions
from modstream.replay import Outgoing
from modstream.replay.files import CommentFiles
from modstream.replay.reading import outgoing, rounds
from modstream.replay.summary import Skipped

SYNTHETIC = 3_000
SEED = 1


@dataclass(frozen=True)
class DemoComments:
    """The comments to replay, and what in their file was no comment."""

    each: Iterator[Outgoing]
    skipped: Skipped
    """Known once the comments have been read."""


def open_comments(options: DemoOptions) -> DemoComments:
    """Return the comments to replay; the first is read now, so that a wrong file is told at once.

    Raises:
        DataError: If the file cannot be used.
        NoCommentsError: If there is no comment in it.
    """
    files = CommentFiles([] if options.comments is None else [str(options.comments)])
    comments = synthetic() if options.comments is None else rounds(files.read)
    first = next(comments, None)
    if first is None:
        raise NoCommentsError(str(options.comments))
    return DemoComments(islice(chain([first], comments), options.limit), files)


def synthetic() -> Iterator[Outgoing]:
    """Return comments that nobody wrote; the same at every run."""
    from training.sample import generate

    for number, comment in enumerate(generate(SYNTHETIC, SEED), start=1):
        yield outgoing(msgspec.to_builtins(comment), f"synthetic comment {number}")
