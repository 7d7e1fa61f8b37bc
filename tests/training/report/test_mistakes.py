"""The worst mistakes and the near-duplicates."""

import numpy as np

from tests.training.report.told import make_told
from training.report.facts import Told
from training.report.mistakes import LONGEST_QUOTE, duplicates, worst


def told_of(removed: list[bool], probabilities: list[float], *, show_texts: bool = False) -> Told:
    n = len(removed)
    return make_told(
        n,
        removed=np.array(removed),
        probabilities=np.array(probabilities),
        ids=list("abcdef"[:n]),
        texts=["some  \n words"] * n,
        show_texts=show_texts,
        duplicates=[],
    )


def test_worst_are_the_surest_and_wrong_both_ways() -> None:
    told = told_of([False, False, True, True, True, False], [0.6, 0.9, 0.1, 0.4, 0.9, 0.1])
    found = worst(told)
    assert [each.id for each in found.kept] == ["b", "a"]
    assert [each.id for each in found.removed] == ["c", "d"]
    assert found.kept[0].probability == 0.9
    assert found.kept[0].characters == 13


def test_model_without_an_opinion_makes_no_mistakes() -> None:
    assert worst(told_of([False, True], [0.5, 0.5])) == ([], [])


def test_no_more_than_asked_for() -> None:
    assert [each.id for each in worst(told_of([False] * 4, [0.9] * 4), most=2).kept] == ["a", "b"]


def test_text_is_quoted_in_one_line_only_where_it_may_be() -> None:
    assert worst(told_of([False], [0.9])).kept[0].text is None
    assert worst(told_of([False], [0.9], show_texts=True)).kept[0].text == "some words"


def test_long_text_is_cut() -> None:
    told = make_told(
        1, removed=np.array([False]), probabilities=np.ones(1), texts=["a" * 999], show_texts=True
    )
    text = worst(told).kept[0].text
    assert text is not None and len(text) == LONGEST_QUOTE and text.endswith("a…")


def test_duplicates_are_counted() -> None:
    told = make_told(
        6,
        ids=list("abcdef"),
        removed=np.array([True, False, True, True, False, False]),
        fold=np.array([0, 1, 0, 0, 1, 1]),
        duplicates=[[2, 3], [0, 1, 5], [4]],
    )
    found = duplicates(told)
    assert (found.groups, found.comments, found.disagreeing, found.across_folds) == (2, 5, 1, 1)
    assert found.largest == [(3, ["a", "b", "f"]), (2, ["c", "d"])]
