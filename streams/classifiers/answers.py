"""Checks a classifier's answer: one probability for each text, or an error, never a guess."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from streams.classifiers import Scores
from streams.errors import ClassifierAnswerError, NamelessServiceError, UnknownThresholdError
from streams.printable import printable
from streams.records import Reason
from streams.settings import Threshold

COLUMNS = 2
"""An answer has two columns: P(kept), P(removed)."""


MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""The longest answer that is read, gRPC's own default: that of 512 comments with five reasons each has
a thirtieth of it. Decoded, it takes many times as much memory."""

LONGEST_VERSION = 200
"""Characters of a model's version: it is in every prediction and dead letter."""

LONGEST_WORD = 1_000
"""Characters of a reason's word; a longer one is cut, so that its alert fits a Kafka record."""


LONGEST_TEXT = 200
"""Characters of what a service says, in an error's message."""

MOST_NAMES = 20
"""Names of thresholds in an error's message."""

LAST_PLACE = 2**53
"""The last whole number that a float tells from its neighbours."""

type Place = Annotated[float, Meta(ge=0, le=LAST_PLACE)] | UnsetType | None
"""A float, because gRPC carries every number as one."""


class ToldReason(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A reason as it is in an answer: `[word, weight, start, end]`; an older service gives no places."""

    word: str
    weight: float
    start: Place = UNSET
    end: Place = UNSET


class Tags(msgspec.Struct):
    """What `RedditClassifier.tags` adds to an answer."""

    model_version: Annotated[str, Meta(max_length=LONGEST_VERSION)]
    reasons: dict[str, list[ToldReason]] = {}
    """By the text's index, which is text because JSON's keys are."""
    explained_above: Annotated[float, Meta(ge=0, le=1)] | UnsetType | None = UNSET
    """What the name in `explain_above` stands for; null when the model has no such name."""
    thresholds: list[str] = []
    """The names that the model has, told when it has not the one that was asked for."""


def short(text: str) -> str:
    """Return the beginning of what a service says, on one line, without what a terminal would obey."""
    line = " ".join(text[: 4 * LONGEST_TEXT].split())[:LONGEST_TEXT]
    return printable(line)


def checked_scores(
    url: str,
    count: int,
    shape: Sequence[int],
    values: Sequence[float],
    tags: Tags | Mapping[str, Any],
    explain_above: Threshold,
    most: int,
) -> Scores:
    """Return the scores in an answer.

    Args:
        url: Where the answer came from, for the error.
        count: Texts asked about.
        shape: The answer's shape as it states it.
        values: The answer's values, row by row: P(kept), P(removed).
        tags: The answer's tags.
        explain_above: The threshold asked for.
        most: Reasons asked for; more are left out.

    Raises:
        ClassifierAnswerError: If anything is missing, of another shape, or not a probability.
        SettingsError: If all is well but that the name asked for is not known there.
    """
    if list(shape) != [count, COLUMNS] or len(values) != count * COLUMNS:
        what = f"{len(values)} values of shape {list(shape[:3])} for {count} texts"
        raise ClassifierAnswerError(url, what)
    if not _are_probabilities(values):
        index, wrong = next(each for each in enumerate(values) if not 0.0 <= each[1] <= 1.0)
        raise ClassifierAnswerError(url, f"{wrong!r} as a probability of text {index // COLUMNS}")
    try:
        told = msgspec.convert(tags, Tags)
        reasons = {_index(text, count): tuple(map(_reason, its[:most])) for text, its in told.reasons.items()}
    except ValueError as error:  # msgspec's is one too
        raise ClassifierAnswerError(url, f"tags that cannot be read: {short(str(error))}") from error
    return Scores(values[1::COLUMNS], told.model_version, reasons, _threshold(url, explain_above, told))


def _are_probabilities(values: Sequence[float]) -> bool:
    """Return whether all of them are from 0 to 1, without a loop of Python's."""
    # A NaN is neither smaller nor larger than the others; their sum is one.
    return not values or (min(values) >= 0.0 and max(values) <= 1.0 and not math.isnan(sum(values)))


def _threshold(url: str, asked: Threshold, told: Tags) -> float:
    """Return the threshold asked for as a number."""
    if not isinstance(asked, str):
        return asked
    number = told.explained_above
    if number is None:
        raise UnknownThresholdError(url, asked, [short(name) for name in told.thresholds[:MOST_NAMES]])
    if number is UNSET:
        raise NamelessServiceError(url, asked, "its answer has no tag explained_above")
    return number


def _index(index: str, count: int) -> int:
    """Return the text that reasons are of; `int` alone would take "-1", " 1" and "1_0"."""
    if index.isascii() and index.isdecimal() and len(index) <= len(str(count)) and int(index) < count:
        return int(index)
    raise ValueError(f"reasons of text {index[:20]!r} of {count}")


def _reason(told: ToldReason) -> Reason:
    if not math.isfinite(told.weight):  # JSON has no number for it
        raise ValueError(f"{told.weight!r} as a weight")
    word, start, end = told.word[:LONGEST_WORD], told.start, told.end
    if isinstance(start, float) and isinstance(end, float):
        if start < end and start.is_integer() and end.is_integer():
            return Reason(word, told.weight, int(start), int(end))
    elif start is end:  # null and null, or neither is told
        return Reason(word, told.weight)
    raise ValueError(f"a reason from {start} to {end}")
