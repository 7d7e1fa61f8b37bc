"""Numbers and sentences."""

import numpy as np
import pytest

from tests.training.report.told import make_manifest, make_told
from training.report.quality import quality
from training.report.summary import beside_the_talk, lines
from training.report.wording import of_100, shown, signed
from training.thresholds import Choice, Share


@pytest.mark.parametrize(
    ("precision", "sentence"),
    [
        pytest.param(
            0.74, "Of 100 alerts at 0.5, 74 are right; they find 45 of 100 removed comments.", id="many"
        ),
        pytest.param(
            0.01, "Of 100 alerts at 0.5, 1 is right; they find 45 of 100 removed comments.", id="one"
        ),
    ],
)
def test_alerts_are_told_of_a_hundred(precision: float, sentence: str) -> None:
    assert of_100(Choice(0.5, 200, Share(0.2, 0, 1), Share(precision, 0, 1), Share(0.45, 0, 1))) == sentence


def test_threshold_without_an_alert_is_told() -> None:
    told = of_100(Choice(0.5, 0, Share(0.0, 0, 1), None, Share(0.0, 0, 1)))
    assert told == "At 0.5 there is no alert: none of the removed comments is found."


def test_what_would_break_the_page_is_spelt_out() -> None:
    assert shown("a\x00b\u202ec\ud800") == r"a\x00b\u202ec\ud800"
    assert shown("Ä <b> 😀") == "Ä <b> 😀"


def test_minus_is_a_minus() -> None:
    assert [signed(each) for each in (0.5, -0.5, -0.001)] == ["+0.50", "−0.50", "+0.00"]


def test_summary_has_both_recipes_and_a_sentence_for_each_figure() -> None:
    told = make_told()
    ours, talk = (quality(told.removed, each, told.fold) for each in (told.probabilities, told.talk))
    found = lines(told, ours, talk)
    assert found[0].ours == f"{ours.roc_auc:.3f}" and found[0].talk == f"{talk.roc_auc:.3f}"
    assert all(line.meaning.endswith(".") for line in found)
    assert beside_the_talk(told, ours, talk).endswith("in 5 of 5 folds.")


def test_talks_recipe_is_not_compared_with_itself() -> None:
    told = make_told(manifest=make_manifest(recipe="talk"))
    ours = quality(told.removed, told.talk, told.fold)
    assert "both columns say the same" in beside_the_talk(told, ours, ours)


def test_fold_is_won_by_the_higher_area_alone() -> None:
    told = make_told()
    ours = quality(told.removed, told.probabilities, told.fold)
    same = make_told(talk=np.where(told.fold == 0, told.probabilities, 0.5))
    assert "in 4 of 5 folds" in beside_the_talk(same, ours, quality(same.removed, same.talk, same.fold))
