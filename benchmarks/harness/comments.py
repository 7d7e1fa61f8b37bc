"""The comments that contenders work on: real ones when they are there, drawn again and again; else synthetic.

The same mix and number give the same comments, in every process.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from msgspec import Struct

REAL = Path(__file__).parents[3] / "shared" / "data" / "rscience_comments.csv"
SYNTHETIC = 5_000
SEED = 1

START_S = 1_700_000_000.0
PER_S = 20.0
"""Comments a second of event time: so that windows open and close as on a busy stream."""
SUBREDDITS = ("science", "askscience", "space", "biology", "physics", "chemistry", "medicine", "earth")

CONSONANTS, VOWELS = "bcdfghjklmnpqrstvwxz", "aeiou"
SYLLABLES = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]
FIRST_WORD = len(SYLLABLES) ** 4
"""Words of five syllables or more: no comment has them by chance."""


class Mix(StrEnum):
    """How much of a text was seen before."""

    SEEN = "seen"
    """Texts that repeat: a memo of tokens knows them soon."""
    UNSEEN = "unseen"
    """The same, with two words added to each that never occurred before."""


class BenchComment(Struct, frozen=True):
    """A comment as it goes on the stream."""

    id: str
    body: str
    subreddit: str
    created_utc: float


class Texts(NamedTuple):
    """What comments are drawn from."""

    kind: str
    """Where they are from, for the report."""
    bodies: Sequence[str]


@lru_cache(1)
def texts() -> Texts:
    """Return what there is to draw from."""
    from training.data import CommentFile
    from training.sample import generate

    if REAL.is_file():
        bodies = [row.body for row in CommentFile(REAL)]
        return Texts(f"{len(bodies):,} real comments, resampled", bodies)
    bodies = [each.body for each in generate(SYNTHETIC, SEED)]
    return Texts(f"{len(bodies):,} synthetic comments, resampled", bodies)


def comments(
    mix: Mix, count: int, bodies: Sequence[str] | None = None, subreddits: Sequence[str] = SUBREDDITS
) -> Iterator[BenchComment]:
    """Yield comments of a mix; fewer are the beginning of more.

    Args:
        mix: How much of their texts was seen before.
        count: How many.
        bodies: What to draw from; `texts()` when None.
        subreddits: What to draw those from.
    """
    bodies = texts().bodies if bodies is None else bodies
    rng = Random(SEED)  # noqa: S311  comments to be repeated, not secrets
    for number in range(count):
        body, subreddit = rng.choice(bodies), rng.choice(subreddits)
        if mix is Mix.UNSEEN:
            body = f"{body} {strange_word(2 * number)} {strange_word(2 * number + 1)}"
        yield BenchComment(f"c{number:07}", body, subreddit, START_S + number / PER_S)


def strange_word(number: int) -> str:
    """Return a word that can be spoken and that no other number has."""
    left, word = number + FIRST_WORD, ""
    while left:
        left, syllable = divmod(left, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return word
