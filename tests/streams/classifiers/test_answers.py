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


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(["w", 1], Reason("w", 1.0), id="an-older-services"),
        pytest.param(["w", 1, 0, 4], Reason("w", 1.0, 0, 4), id="with-its-place"),
        pytest.param(["w", 1, 3.0, 4.0], Reason("w", 1.0, 3, 4), id="as-grpc-has-numbers"),
        pytest.param(["length", -1, None, None], Reason("length", -1.0), id="of-the-whole-comment"),
    ],
)
def test_reason_has_the_place_that_is_told(told: list[Any], expected: Reason) -> None:
    (reason,) = checked_scores("u", 1, [1, 2], [0.9, 0.1], {**TAGS, "reasons": {"0": [told]}}, 5).reasons[0]
    assert reason == expected
    assert {type(reason.start), type(reason.end)} <= {int, type(None)}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(["w", 1, 0], id="start-alone"),
        pytest.param(["w", 1, None], id="null-alone"),
        pytest.param(["w", 1, None, 4], id="end-alone"),
        pytest.param(["w", 1, 4, None], id="end-is-null"),
        pytest.param(["w", 1, -1, 4], id="below-zero"),
        pytest.param(["w", 1, 4, 4], id="empty"),
        pytest.param(["w", 1, 5, 4], id="backwards"),
        pytest.param(["w", 1, 0.5, 4], id="half"),
        pytest.param(["w", 1, 0, float("nan")], id="nan"),
        pytest.param(["w", 1, float("nan"), 4], id="from-nan"),
        pytest.param(["w", 1, 0, float("inf")], id="infinite"),
        pytest.param(["w", 1, 0, 10**400], id="beyond-floats"),
        pytest.param(["w", 1, False, True], id="truth"),
        pytest.param(["w", 1, "0", "4"], id="text"),
        pytest.param(["w", 1, 0, 4, 4], id="five-parts"),
        pytest.param(["w"], id="word-alone"),
    ],
)
def test_reason_with_a_wrong_place_is_an_error(told: list[Any]) -> None:
    with pytest.raises(ClassifierAnswerError):
        checked_scores("u", 1, [1, 2], [0.9, 0.1], {**TAGS, "reasons": {"0": [told]}}, 5)


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
