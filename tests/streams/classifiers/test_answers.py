from typing import Any

import pytest

from streams.classifiers.answers import checked_scores
from streams.errors import ClassifierAnswerError
from streams.records import Reason

TAGS = {"model_version": "v1"}


def test_probability_of_removal_is_the_second_column() -> None:
    scores = checked_scores("u", 2, [2, 2], [0.9, 0.1, 0.25, 0.75], TAGS, 5)
    assert list(scores.probabilities) == [0.1, 0.75]
    assert scores.model_version == "v1"
    assert scores.reasons == {}


def test_reasons_are_those_of_their_text() -> None:
    tags = {**TAGS, "reasons": {"1": [["idiot", 2.5], ["study", -0.5]]}}
    scores = checked_scores("u", 2, [2, 2], [0.9, 0.1, 0.2, 0.8], tags, 5)
    assert scores.reasons == {1: (Reason("idiot", 2.5), Reason("study", -0.5))}


def test_answer_to_no_text_is_empty() -> None:
    assert list(checked_scores("u", 0, [0, 2], [], TAGS, 5).probabilities) == []


@pytest.mark.parametrize(
    ("shape", "values", "tags"),
    [
        pytest.param([1, 2], [0.5, 0.5], TAGS, id="one-answer-for-two"),
        pytest.param([3, 2], [0.5] * 6, TAGS, id="three-answers-for-two"),
        pytest.param([2, 1], [0.5, 0.5], TAGS, id="one-column"),
        pytest.param([2, 2], [0.5] * 3, TAGS, id="values-missing"),
        pytest.param([2, 2], [0.5, 0.5, 0.5, float("nan")], TAGS, id="nan"),
        pytest.param([2, 2], [0.5, 0.5, 0.5, float("inf")], TAGS, id="infinite"),
        pytest.param([2, 2], [0.5, 0.5, 2.0, -1.0], TAGS, id="below-zero"),
        pytest.param([2, 2], [0.5, 0.5, 0.0, 1.0000001], TAGS, id="above-one"),
        pytest.param([2, 2], [0.5] * 4, {}, id="no-model-version"),
        pytest.param([2, 2], [0.5] * 4, {**TAGS, "reasons": {"x": []}}, id="reasons-of-nothing"),
        pytest.param([2, 2], [0.5] * 4, {**TAGS, "reasons": [1]}, id="reasons-of-a-wrong-type"),
    ],
)
def test_answer_that_cannot_be_trusted_is_an_error(
    shape: list[int], values: list[float], tags: dict[str, Any]
) -> None:
    with pytest.raises(ClassifierAnswerError):
        checked_scores("u", 2, shape, values, tags, 5)
