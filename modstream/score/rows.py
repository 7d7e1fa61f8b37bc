"""From files to records as a replay into an empty topic would make them: partition, offset, key and value."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from modstream.replay.files import CommentFiles
from modstream.replay.reading import outgoing
from streams.key_hash import partition_of

ROWS_OF_A_CHUNK = 512
BYTES_OF_A_CHUNK = 256 * 1024
"""As many and as large as the worker's batches are by default; a larger comment makes a chunk of its own."""


class Item(NamedTuple):
    """A comment in its place."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    timed: bool
    """Whether it says when it was written."""
    origin: str
    """File and line, for messages."""


class Chunk(NamedTuple):
    """Comments that are scored together, and where the reading stands after them."""

    items: list[Item]
    rows: int
    offsets: tuple[int, ...]
    """The next one of each partition."""
    position: int
    """Bytes of the files."""


def items(read: Iterable[tuple[Mapping[str, Any], str]], offsets: list[int]) -> Iterator[Item]:
    """Yield the comments of some rows, each at the next offset of its partition; `offsets` goes along."""
    for fields, origin in read:
        comment = outgoing(fields, origin)
        key = comment.key
        partition = partition_of(key, len(offsets))
        offset = offsets[partition]
        offsets[partition] = offset + 1
        # `created_utc` is None as well where a value is written that is no time: that is a dead letter then.
        yield Item(partition, offset, key, comment.value, comment.created_utc is not None, origin)


def chunks(source: CommentFiles, rows: int, offsets: Iterable[int]) -> Generator[Chunk]:
    """Yield the comments after the first `rows`, whose offsets go on from those given."""
    going = list(offsets)
    for some in cut(items(islice(source.read(), rows, None), going)):
        rows += len(some)
        yield Chunk(some, rows, tuple(going), source.position)


def cut(stream: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield lists of at most `ROWS_OF_A_CHUNK` comments and about `BYTES_OF_A_CHUNK` bytes.

    A list is yielded before the next comment is asked for: nothing has been read that is not in it.
    """
    held: list[Item] = []
    size = 0
    for item in stream:
        held.append(item)
        size += len(item.value)
        if len(held) >= ROWS_OF_A_CHUNK or size >= BYTES_OF_A_CHUNK:
            yield held
            held, size = [], 0
    if held:
        yield held
