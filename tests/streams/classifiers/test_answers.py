from typing import Any

import pytest

from streams.classifiers.answers import checked_scores
from streams.errors import ClassifierAnswerError, NamelessServiceError, UnknownThresholdError
from streams.records import Reason

TAGS = {"model_version": "v1"}


def test_probability_of_removal_is_the_second_column() -> None:
    scores = checked_scores("u", 2, [2, 2], [0.9, 0.1, 0.25, 0.75], TAGS, 0.5, 5)
    assert list(scores.probabilities) == [0.1, 0.75]
    assert scores.model_version == "v1"
    assert scores.reasons == {}


def test_reasons_are_those_of_their_text() -> None:
    tags = {**TAGS, "reasons": {"1": [["idiot", 2.5], ["study", -0.5]]}}
    scores = checked_scores("u", 2, [2, 2], [0.9, 0.1, 0.2, 0.8], tags, 0.5, 5)
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
    tags = {**TAGS, "reasons": {"0": [told]}}
    (reason,) = checked_scores("u", 1, [1, 2], [0.9, 0.1], tags, 0.5, 5).reasons[0]
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
        checked_scores("u", 1, [1, 2], [0.9, 0.1], {**TAGS, "reasons": {"0": [told]}}, 0.5, 5)


def test_answer_to_no_text_is_empty() -> None:
    assert list(checked_scores("u", 0, [0, 2], [], TAGS, 0.5, 5).probabilities) == []


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
        checked_scores("u", 2, shape, values, tags, 0.5, 5)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf"), -1e-300, 1.0000001])
def test_number_that_is_no_probability_is_told_wherever_it_is(place: int, wrong: float) -> None:
    values = [0.0, 1.0, 0.5, 0.5]
    values[place] = wrong
    with pytest.raises(ClassifierAnswerError, match=rf"{wrong!r} as a probability of text {place // 2}"):
        checked_scores("u", 2, [2, 2], values, TAGS, 0.5, 5)


def test_threshold_is_the_number_asked_for_whatever_the_service_says() -> None:
    tags = {**TAGS, "explained_above": 0.9}
    assert checked_scores("u", 0, [0, 2], [], tags, 0.5, 5).threshold == 0.5


@pytest.mark.parametrize("told", [0.287, 0, 1])
def test_threshold_of_a_name_is_the_models(told: float) -> None:
    tags = {**TAGS, "explained_above": told}
    assert checked_scores("u", 0, [0, 2], [], tags, "balanced", 5).threshold == told


@pytest.mark.parametrize("told", [-0.1, 1.5, float("nan"), True, "0.5", []])
def test_threshold_that_is_none_is_an_error_of_the_answer(told: Any) -> None:
    with pytest.raises(ClassifierAnswerError):
        checked_scores("u", 0, [0, 2], [], {**TAGS, "explained_above": told}, "balanced", 5)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["balanced", "default"], "it has balanced, default: use one of these, or a number from 0 to 1"),
        ([], "it has none: use a number from 0 to 1"),
        (["n" * 9_000] * 9_000, "it has nnn"),
    ],
    ids=["some", "none", "too-many"],
)
def test_name_that_the_model_does_not_have_is_a_wrong_setting(names: list[str], sentence: str) -> None:
    tags = {**TAGS, "explained_above": None, "thresholds": names}
    with pytest.raises(UnknownThresholdError) as caught:
        checked_scores("u", 0, [0, 2], [], tags, "nope", 5)
    assert "MOD_MODERATION_THRESHOLD=nope" in str(caught.value)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 5_000


def test_service_that_does_not_answer_to_a_name_makes_it_a_wrong_setting() -> None:
    with pytest.raises(NamelessServiceError, match=r"MOD_MODERATION_THRESHOLD=balanced.*newer service"):
        checked_scores("u", 0, [0, 2], [], TAGS, "balanced", 5)


def test_nonsense_is_no_wrong_setting() -> None:
    """A service that is being replaced answers such things for a while."""
    with pytest.raises(ClassifierAnswerError):
        checked_scores("u", 1, [0, 2], [], TAGS, "balanced", 5)
