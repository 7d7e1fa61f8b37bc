"""What is varied, and how far. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from benchmarks.harness.lanes import PARTITIONS

CHARACTERS = 20_000_000
"""Of all comments of one point together, at the most: long ones are fewer."""

LEAST_COMMENTS = 2_000

WARM_UP = 20_000
"""Comments before those that count: they fill the memos, which would cost small points more than large."""

WORKERS_PARTITIONS = 12
"""So that one, two, three or four workers have as many each."""

AFTER = 10_000
"""Comments after those that count: at both ends of what is measured as much is scored that is not yet out."""


class Name(StrEnum):
    """What is varied."""

    BODY = "body"
    BATCH = "batch"
    PARTITIONS = "partitions"
    WORKERS = "workers"
    SUBREDDITS = "subreddits"
    BACKLOG = "backlog"


@dataclass(frozen=True)
class Series:
    """One thing that is varied while all else stays."""

    name: Name
    title: str
    """For tables and pictures."""
    values: Sequence[int]
    more: Sequence[int] = ()
    """Only with `--full`."""

    def points(self, *, full: bool) -> list[int]:
        """Return the values to measure, in their order."""
        return [*self.values, *(self.more if full else ())]


SERIES = (
    Series(Name.BODY, "characters in a comment", (30, 100, 300, 1_000, 3_000, 10_000)),
    Series(Name.BATCH, "comments in a batch (MOD_BATCH_SIZE)", (16, 64, 256, 1_024, 4_096)),
    Series(Name.PARTITIONS, "partitions", (1, 2, 4, 8, 16, 32)),
    Series(Name.WORKERS, "workers", (1, 2, 3, 4)),
    Series(Name.SUBREDDITS, "subreddits", (1, 10, 100, 1_000, 10_000)),
    Series(Name.BACKLOG, "comments of backlog", (10_000, 30_000, 100_000, 200_000), (600_000, 2_000_000)),
)


class Point(NamedTuple):
    """One value of one series, and all that follows from it."""

    series: Name
    value: int
    comments: int
    body: int | None = None
    """Characters in each comment; None: as they are."""
    partitions: int = PARTITIONS
    workers: int = 1
    subreddits: int | None = None
    """How many there are; None: the usual few."""
    batch: int | None = None
    """Comments in one call of the classifier; None: the worker's own setting."""
    warm_up: int = WARM_UP
    """Comments before those that count."""
    after: int = AFTER
    """Comments after them."""

    @property
    def total(self) -> int:
        """Return how many comments there are in all."""
        return self.warm_up + self.comments + self.after

    @property
    def settings(self) -> dict[str, str]:
        """Return what the worker is told beyond its job."""
        return {} if self.batch is None else {"MOD_BATCH_SIZE": str(self.batch)}


def point(series: Name, value: int, comments: int) -> Point:
    """Return what is measured for a value.

    Args:
        series: What is varied.
        value: Its value.
        comments: How many comments there are, unless that is what is varied or they are very long.
    """
    usual = Point(series, value, comments)
    match series:
        case Name.BODY:
            most = max(LEAST_COMMENTS, CHARACTERS // value)
            return usual._replace(
                body=value, comments=min(comments, most), warm_up=min(WARM_UP, most), after=min(AFTER, most)
            )
        case Name.BATCH:
            return usual._replace(batch=value)
        case Name.PARTITIONS:
            return usual._replace(partitions=value)
        case Name.WORKERS:
            return usual._replace(workers=value, partitions=WORKERS_PARTITIONS)
        case Name.SUBREDDITS:
            return usual._replace(subreddits=value)
        case Name.BACKLOG:
            return usual._replace(comments=value)


class Turn(NamedTuple):
    """One measurement of a point."""

    repetition: int
    """From 1."""
    point: Point


def turns(chosen: Sequence[Series], repetitions: int, comments: int, *, full: bool) -> Iterator[Turn]:
    """Yield all turns, series by series: each repetition goes through all values, every other one backwards.

    So what a machine does as time goes by is not taken for growth.
    """
    for series in chosen:
        for repetition in range(1, repetitions + 1):
            values = series.points(full=full)
            for value in values if repetition % 2 else reversed(values):
                yield Turn(repetition, point(series.name, value, comments))


def body_of(bodies: Sequence[str], length: int, first: int) -> str:
    """Return a text of exactly so many characters: texts one after another, from one of them on."""
    text = ""
    while len(text) < length:
        text += f"{bodies[first % len(bodies)]} "
        first += 1
    return text[:length]


def names(count: int) -> list[str]:
    """Return the names of so many subreddits."""
    return [f"subreddit{number:05}" for number in range(count)]
