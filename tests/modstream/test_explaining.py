"""A comment coloured by its words, and its reasons line by line."""

from itertools import pairwise

import pytest
from rich.style import Style

from model_service.explanation import Explanation, Reason
from model_service.scorer import Scorer
from modstream.explaining import FULL_COLOUR, LEAST_COLOUR, LONGEST_BAR, coloured, lines, name_of
from tests.model_service.examples import make_additive
from tests.model_service.nasty import NASTY


def explained(text: str, **phrases: float) -> Explanation:
    """Return why a comment has its log-odds where these words weigh so much."""
    return next(Scorer(make_additive(phrases)).explain([text]))


def backgrounds(text: str, explanation: Explanation) -> list[tuple[str, tuple[int, ...]]]:
    """Return what is coloured, and its red, green and blue."""
    shown = coloured(text, explanation)
    found = []
    for span in shown.spans:
        style = Style.parse(str(span.style))
        assert style.bgcolor is not None
        found.append((shown.plain[span.start : span.end], tuple(style.bgcolor.get_truecolor())))
    return found


def test_words_for_removal_are_red_and_words_against_green() -> None:
    text = "A HOAX, not a   study"
    (hoax, red), (study, green) = backgrounds(text, explained(text, hoax=1.0, study=-1.0))
    assert (hoax, study) == ("HOAX", "study")
    assert red[0] > max(red[1:])
    assert green[1] > max(green[0], green[2])


def test_colour_grows_with_the_weight_up_to_the_full_one() -> None:
    weights = {"a": 0.1, "b": 0.5, "c": FULL_COLOUR, "d": 3 * FULL_COLOUR}
    found = [red for _, (red, _, _) in backgrounds("a b c d", explained("a b c d", **weights))]
    assert found[0] < found[1] < found[2] == found[3]


@pytest.mark.parametrize(("weight", "words"), [(0.99, []), (1.0, ["idiot"]), (-0.99, []), (-1.0, ["idiot"])])
def test_what_hardly_weighs_has_no_colour(weight: float, words: list[str]) -> None:
    found = backgrounds("you idiot", explained("you idiot", idiot=weight * LEAST_COLOUR))
    assert [word for word, _ in found] == words


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = coloured(text, next(Scorer(make_additive({"a": 1.0})).explain([text])))
    assert all(each.isprintable() or each in "\n\t" for each in shown.plain)


def test_what_a_terminal_obeys_is_replaced_one_for_one() -> None:
    text = "esc\x1b[31m \x9b31m \u202e \ud800 \x00\x7f line\nend\ttab hoax"
    found = explained(text, hoax=1.0)
    shown = coloured(text, found)
    assert shown.plain == "esc\ufffd[31m \ufffd31m \ufffd \ufffd \ufffd\ufffd line\nend\ttab hoax"
    assert [word for word, _ in backgrounds(text, found)] == ["hoax"]


def test_lines_have_a_sign_a_bar_and_a_name() -> None:
    found = list(
        lines([Reason("hoax", -2.0, 3, 7), Reason("capital letters", 1.0), Reason("the", 0.001, 0, 3)])
    )
    assert [line.plain.split() for line in found] == [
        ["-2.000", "█" * LONGEST_BAR, "hoax", "[3:7]"],
        ["+1.000", "█" * (LONGEST_BAR // 2), "(capital", "letters)"],
        ["+0.001", "█", "the", "[0:3]"],
    ]
    assert [str(line.spans[0].style) for line in found] == ["green", "red", "red"]
    names = [line.plain.index(word) for line, word in zip(found, ("hoax", "(cap", "the"), strict=True)]
    assert all(left == right for left, right in pairwise(names))


def test_no_reasons_are_no_lines() -> None:
    assert list(lines([])) == []


def test_name_holds_nothing_that_a_terminal_obeys() -> None:
    assert name_of(Reason("a\x1b[2J\x9b\u202e\ud800", 1.0, 2, 9)) == "a\ufffd[2J\ufffd\ufffd\ufffd  [2:9]"
    assert name_of(Reason("capital letters", 1.0)) == "(capital letters)"
