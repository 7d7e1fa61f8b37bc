"""Slices, against counts by hand."""

import numpy as np
import pytest

from training.report.slices import SLICES, Slice, slices


def kinds(text: str) -> set[str]:
    return {name.split(" (")[0] for name, belongs in SLICES.items() if belongs(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {"short"}, id="empty"),
        pytest.param("a" * 99, {"short"}, id="short"),
        pytest.param("a" * 100, {"medium"}, id="medium from 100"),
        pytest.param("a" * 399, {"medium"}, id="medium to 399"),
        pytest.param("a" * 400, {"long"}, id="long from 400"),
        pytest.param("Really?", {"short", "with a question mark"}, id="question"),
        pytest.param("> no\nyes", {"short", "with a quote"}, id="quote"),
        pytest.param("so\n&gt; no", {"short", "with a quote"}, id="quote as Reddit escapes it"),
        pytest.param("5 > 3", {"short"}, id="greater than is no quote"),
        pytest.param("NASA said so", {"short"}, id="acronym is no shouting"),
        pytest.param("NASA NEVER LIES", {"short", "shouting"}, id="shouting"),
    ],
)
def test_comment_is_in_its_slices(text: str, expected: set[str]) -> None:
    assert kinds(text) - {"all", "without a link"} == expected


@pytest.mark.parametrize("text", ["see https://a.example/b", "HTTP://A.EXAMPLE", "see www.a.example"])
def test_link_is_seen(text: str) -> None:
    assert "with a link" in kinds(text) and "without a link" not in kinds(text)


def of_questions(texts: list[str], removed: list[bool], probabilities: list[float]) -> Slice:
    found = slices(texts, np.array(removed), np.array(probabilities), 0.5)
    return next(each for each in found if each.name == "with a question mark")


def test_figures_are_of_the_slice_alone() -> None:
    found = of_questions(
        ["Why?", "How?", "No?", "Who?", "I say.", "You say."],
        [True, True, False, False, True, False],
        [0.9, 0.3, 0.6, 0.2, 0.1, 0.1],
    )
    assert (found.n, found.removed) == (4, 0.5)
    assert found.predicted == pytest.approx(0.5)
    assert found.roc_auc == 0.75  # of four pairs, 0.3 beside 0.6 alone is in the wrong order
    assert found.choice.precision is not None and found.choice.precision.share == 0.5
    assert found.choice.recall is not None and found.choice.recall.share == 0.5


def test_slice_of_one_kind_has_no_roc_auc() -> None:
    found = of_questions(["Why?", "No."], [True, False], [0.9, 0.1])
    assert found.roc_auc is None
    assert found.choice.recall is not None and found.choice.recall.share == 1.0


def test_slice_without_comments_has_no_figures() -> None:
    found = {each.name: each for each in slices(["No."], np.array([True]), np.ones(1), 0.5)}
    link = found["with a link"]
    assert (link.n, link.removed, link.predicted, link.roc_auc) == (0, None, None, None)
    assert link.choice.precision is None and link.choice.recall is None
