"""The comments of a chaos run: a file's or synthetic ones, again and again with new ids."""

import random
from collections.abc import Iterator, Mapping
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import msgspec

from modstream.chaos.errors import NoCommentsError
from modstream.replay import Outgoing
from modstream.replay.files import CommentFiles
from modstream.replay.reading import outgoing, rounds

SYNTHETIC = 5_000
"""So many different ones are made; then they come again under new ids."""

BEGINS_S = 1_700_000_000.0
PER_EVENT_SECOND = 20.0
JITTER_S = 30.0
LATE_SHARE = 0.01
LATE_BY_S = 200.0
"""The times that synthetic comments tell."""


def comments(count: int, seed: int, data: Path | None) -> Iterator[Outgoing]:
    """Return so many comments; the first is read now, so that a wrong file is told at once.

    Raises:
        DataError: If the file cannot be used.
        NoCommentsError: If there is no comment in it.
    """
    each = synthetic(count, seed) if data is None else rounds(CommentFiles([str(data)]).read, forever=True)
    first = next(each, None)
    if first is None:
        raise NoCommentsError(str(data))
    return islice(chain([first], each), count)


def synthetic(count: int, seed: int) -> Iterator[Outgoing]:
    """Yield synthetic comments, out of order by up to half a minute, one in a hundred later than allowed."""
    from training.sample import generate

    rows = [msgspec.to_builtins(each) for each in generate(min(count, SYNTHETIC), seed)]
    chance = random.Random(seed)  # noqa: S311  times to be repeated, not secrets
    for number, row in zip(range(count), cycle(rows)):
        late_s = LATE_BY_S if chance.random() < LATE_SHARE else 0.0
        time_s = BEGINS_S + number / PER_EVENT_SECOND + chance.uniform(0.0, JITTER_S) - late_s
        fields: Mapping[str, Any] = {**row, "created_utc": round(time_s, 3)}
        yield outgoing(fields, f"synthetic comment {number + 1}", number // len(rows) + 1)
