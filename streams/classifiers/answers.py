"""Checks a classifier's answer: one probability for each text, or an error, never a guess."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from streams.classifiers import Scores
from streams.errors import ClassifierAnswerError
from streams.records import Reason

COLUMNS = 2
"""An answer has two columns: P(kept), P(removed)."""


class Tags(msgspec.Struct):
    """What `RedditClassifier.tags` adds to an answer."""

    model_version: str
    reasons: dict[str, list[tuple[str, float]]] = {}
    """Words and weights by the text's index; the index is text because JSON's keys are."""


def checked_scores(
    url: str, count: int, shape: Sequence[int], values: Sequence[float], tags: Mapping[str, Any]
) -> Scores:
    """Return the scores in an answer.

    Args:
        url: Where the answer came from, for the error.
        count: Texts asked about.
        shape: The answer's shape as it states it.
        values: The answer's values, row by row: P(kept), P(removed).
        tags: The answer's tags.

    Raises:
        ClassifierAnswerError: If anything is missing, of another shape, or not a probability.
    """
    if list(shape) != [count, COLUMNS] or len(values) != count * COLUMNS:
        raise ClassifierAnswerError(url, f"{len(values)} values of shape {list(shape)} for {count} texts")
    probabilities = values[1::COLUMNS]
    for index, probability in enumerate(probabilities):
        if not 0.0 <= probability <= 1.0:  # false for NaN as well
            raise ClassifierAnswerError(url, f"{probability!r} as the probability of text {index}")
    try:
        told = msgspec.convert(tags, Tags)
        reasons = {int(index): tuple(Reason(*pair) for pair in told.reasons[index]) for index in told.reasons}
    except (msgspec.ValidationError, ValueError) as error:
        raise ClassifierAnswerError(url, f"tags that cannot be read: {error}") from error
    return Scores(probabilities, told.model_version, reasons)
