"""Synthetic, labelled comments like those of a science subreddit: to try things on, and to learn from.

The same seed gives the same comments, in every process. They are made as they are asked for, so there may be
more of them than memory holds.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from random import Random
from typing import IO

import msgspec
from msgspec import Struct

from training.sample_phrases import ASIDES, EMOJI, FILLERS, KINDS, SUBREDDITS, Kind, Subreddit

START_S = 1_700_000_000.0
"""When the first comment is written: 2023-11-14 22:13:20 UTC, in seconds since the epoch."""

LONGEST_PAUSE_S = 9
"""Comments are 1 to 9 whole seconds apart."""

AUTHORS = 2_000
ASIDE_CHANCE = 0.15
PARAGRAPHS_CHANCE = 0.15
LOST_LETTER_CHANCE = 0.4

_GAP = re.compile(r"\{(\w+)\}")
_LINK = re.compile(r"https?://[^\s()]+")
_UNTOUCHABLE = re.compile(rf"({_LINK.pattern}|&gt;)")
_LONGER_WORD = re.compile(r"[A-Za-z]{4,}")
_KIND_WEIGHTS = tuple(accumulate(kind.weight for kind in KINDS))
_SUBREDDIT_WEIGHTS = tuple(accumulate(subreddit.weight for subreddit in SUBREDDITS))


class SampleComment(Struct, frozen=True):
    """A synthetic comment, and whether its moderators removed it."""

    id: str
    body: str
    removed: bool
    created_utc: float
    """Seconds since the epoch, UTC."""
    subreddit: str
    author: str
    score: int


class _Manner(Struct, frozen=True):
    """How likely it is that a comment is written in some way."""

    typo: float
    lower_case: float
    shouting: float
    emoji: float
    bold: float


KEPT = _Manner(typo=0.10, lower_case=0.05, shouting=0.01, emoji=0.03, bold=0.06)
REMOVED = _Manner(typo=0.20, lower_case=0.18, shouting=0.07, emoji=0.12, bold=0.02)


def generate(n: int, seed: int) -> Iterator[SampleComment]:
    """Yield comments in order of time; about 35 % of them are removed.

    Fewer comments of a seed are the beginning of more of it. Ids are unique, also between seeds.

    Args:
        n: How many.
        seed: Decides everything about them; at least 0, as Python's generator ignores the sign.
    """
    rng = Random(seed)  # noqa: S311 - repeatable, and nothing secret
    created_utc = START_S
    for number in range(1, n + 1):
        yield _comment(f"s{seed}-{number:06}", created_utc, rng)
        created_utc += rng.randint(1, LONGEST_PAUSE_S)


def write_csv(comments: Iterable[SampleComment], stream: IO[bytes]) -> None:
    """Write the comments as CSV in UTF-8, the names of the columns first; `removed` is 1 or 0."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(SampleComment.__struct_fields__)
        writer.writerows(_fields(each) for each in comments)
    finally:
        text.detach()  # else it closes the stream, which is the caller's


def write_ndjson(comments: Iterable[SampleComment], stream: IO[bytes]) -> None:
    """Write the comments as JSON, one a line; `removed` is true or false."""
    for comment in comments:
        stream.write(msgspec.json.encode(comment) + b"\n")


def _comment(comment_id: str, created_utc: float, rng: Random) -> SampleComment:
    subreddit = rng.choices(SUBREDDITS, cum_weights=_SUBREDDIT_WEIGHTS)[0]
    kind = rng.choices(KINDS, cum_weights=_KIND_WEIGHTS)[0]
    removed = rng.random() < kind.removal_chance
    return SampleComment(
        id=comment_id,
        body=_in_manner(_body(kind, subreddit, rng), REMOVED if removed else KEPT, rng),
        removed=removed,
        created_utc=created_utc,
        subreddit=subreddit.name,
        author=f"user_{rng.randrange(AUTHORS):04}",
        score=_score(removed, rng),
    )


def _body(kind: Kind, subreddit: Subreddit, rng: Random) -> str:
    sentences = rng.sample(kind.sentences, k=rng.randint(1, min(kind.longest, len(kind.sentences))))
    if rng.random() < ASIDE_CHANCE:
        sentences.append(rng.choice(ASIDES))
    separator = "\n\n" if any("\n" in each for each in sentences) or rng.random() < PARAGRAPHS_CHANCE else " "
    about = {"topic": rng.choice(subreddit.topics), "group": rng.choice(subreddit.groups)}
    return separator.join(_begun(_filled(each, about, rng)) for each in sentences)


def _filled(sentence: str, about: Mapping[str, str], rng: Random) -> str:
    """Return a sentence with something in each of its gaps; what fills a gap may have gaps itself."""

    def filler(gap: re.Match[str]) -> str:
        return about.get(gap[1]) or _filled(rng.choice(FILLERS[gap[1]]), about, rng)

    return _GAP.sub(filler, sentence)


def _begun(sentence: str) -> str:
    """Return a sentence that begins as sentences do; links and quotes stay what they are."""
    return sentence if sentence.startswith(("http", "&")) else sentence[:1].upper() + sentence[1:]


def _in_manner(body: str, manner: _Manner, rng: Random) -> str:
    """Return the comment as somebody in a hurry, in a rage or in love with Markdown would write it."""
    if rng.random() < manner.typo:
        body = _mistyped(body, rng)
    if rng.random() < manner.bold:
        body = _with_a_word(body, rng, lambda word: f"**{word}**")
    case = rng.random()
    if case < manner.shouting:
        body = _outside_links(body, str.upper)
    elif case < manner.shouting + manner.lower_case:
        body = _outside_links(body, str.lower).replace("'", "")
    if rng.random() < manner.emoji:
        body += " " + rng.choice(EMOJI) * rng.randint(1, 3)
    return body


def _mistyped(body: str, rng: Random) -> str:
    """Return the comment with two letters of a word swapped, or one of them lost."""

    def mistype(word: str) -> str:
        at = rng.randrange(1, len(word) - 1)
        lost = rng.random() < LOST_LETTER_CHANCE
        return word[:at] + word[at + 1] + ("" if lost else word[at]) + word[at + 2 :]

    return _with_a_word(body, rng, mistype)


def _with_a_word(body: str, rng: Random, change: Callable[[str], str]) -> str:
    """Return the comment with one of its longer words changed, if it has any; links have no words."""
    links = [link.span() for link in _LINK.finditer(body)]
    words = [
        word.span()
        for word in _LONGER_WORD.finditer(body)
        if not any(begin <= word.start() < end for begin, end in links)
    ]
    if not words:
        return body
    begin, end = rng.choice(words)
    return body[:begin] + change(body[begin:end]) + body[end:]


def _outside_links(body: str, change: Callable[[str], str]) -> str:
    """Return the comment with all but its links and HTML entities changed."""
    pieces = _UNTOUCHABLE.split(body)  # what is between, and each match, in turn
    return "".join(piece if place % 2 else change(piece) for place, piece in enumerate(pieces))


def _score(removed: bool, rng: Random) -> int:
    """Return votes as threads have them: many near one, few far above, removed ones lower."""
    return round(rng.expovariate(1 / 4 if removed else 1 / 12)) + rng.randint(-4 if removed else -1, 2)


def _fields(comment: SampleComment) -> list[object]:
    return [int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(comment)]
