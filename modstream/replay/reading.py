"""From rows of a file to comments ready to send: once or for ever, in order or shuffled."""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from modstream.replay.comments import Outgoing
from streams.records import encode

LABEL = "removed"
"""What the moderators decided: what the model is to find out, so it never goes on the stream."""

NUMBERS: Mapping[str, Callable[[str], float]] = {"created_utc": float, "score": int}
"""Fields that are numbers in the contract; a CSV file can only hold their digits."""


def outgoing(fields: Mapping[str, Any], origin: str, round_number: int = 1) -> Outgoing:
    """Return the comment to send for a row.

    Args:
        fields: The row: `id` and `body`, and whatever else the file has.
        origin: Its file and line.
        round_number: From the second on it is added to the id (`c1-2`), so that ids stay unique.
    """
    comment = {name: _typed(name, value) for name, value in fields.items() if name != LABEL}
    comment = {name: value for name, value in comment.items() if value is not None}
    if round_number > 1:
        comment["id"] = f"{comment['id']}-{round_number}"
    return Outgoing(comment["id"], encode(comment), origin, _time(comment.get("created_utc")), round_number)


def rounds(
    read: Callable[[], Iterable[tuple[Mapping[str, Any], str]]], *, forever: bool = False
) -> Iterator[Outgoing]:
    """Yield the comments that `read` gives, as they are read; `forever` begins again after the last.

    Args:
        read: Returns the rows, and where each is from; called once a round.
        forever: Whether to begin again after the last.
    """
    round_number = 1
    while True:
        empty = True
        for fields, origin in read():
            empty = False
            yield outgoing(fields, origin, round_number)
        if empty or not forever:
            return
        round_number += 1


def shuffled(
    read: Callable[[], Iterable[tuple[Mapping[str, Any], str]]], seed: int
) -> Callable[[], Iterable[tuple[Mapping[str, Any], str]]]:
    """Return a `read` that gives the same rows in an order that the seed decides, another one each round.

    It reads once and holds every row in memory.
    """
    order = random.Random(seed)  # noqa: S311  # an order to be repeated, not a secret
    rows: list[tuple[Mapping[str, Any], str]] = []

    def read_shuffled() -> Iterable[tuple[Mapping[str, Any], str]]:
        if not rows:
            rows.extend(read())
        order.shuffle(rows)
        return iter(rows)

    return read_shuffled


def _typed(name: str, value: Any) -> Any:
    """Return a number for the digits of a numeric field, None for nothing; what is neither stays as it is."""
    if name not in NUMBERS or not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return NUMBERS[name](value)
    except ValueError:
        return value


def _time(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer beyond any float
        return None
