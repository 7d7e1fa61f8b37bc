"""The comments that the model is most wrong about, and those that it has seen in nearly the same words."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from training.report.facts import Told

MOST = 10
LONGEST_QUOTE = 300
"""Characters of a comment that are quoted."""

GROUPS_NAMED = 5
IDS_NAMED = 6


class Mistake(NamedTuple):
    """A comment whose fate the model expected least."""

    id: str
    probability: float
    characters: int
    text: str | None
    """Its beginning; None where comments may not be quoted."""


class Mistakes(NamedTuple):
    """The worst ones both ways, worst first."""

    kept: list[Mistake]
    """The model would have removed them, the moderators did not."""
    removed: list[Mistake]
    """The moderators removed them, the model would not."""


def worst(told: Told, most: int = MOST) -> Mistakes:
    """Return the comments on which the model is most certain and wrong; of equals, the first ones."""
    certain = np.where(told.removed, 1 - told.probabilities, told.probabilities)
    order = np.argsort(-certain, kind="stable")
    wrong = order[certain[order] > 1 / 2]
    kept, removed = wrong[~told.removed[wrong]], wrong[told.removed[wrong]]
    return Mistakes(*([_mistake(told, int(place)) for place in some[:most]] for some in (kept, removed)))


def _mistake(told: Told, place: int) -> Mistake:
    text = told.texts[place]
    return Mistake(
        told.ids[place],
        float(told.probabilities[place]),
        len(text),
        _quoted(text) if told.show_texts else None,
    )


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


class Duplicates(NamedTuple):
    """What groups of near-duplicates there are."""

    groups: int
    comments: int
    disagreeing: int
    """Groups of which the moderators removed some and kept others."""
    across_folds: int
    """Groups with comments in more than one fold: a model was measured on what it had all but learnt."""
    largest: list[tuple[int, Sequence[str]]]
    """Of the largest groups, how many there are and the first ids."""


def duplicates(told: Told) -> Duplicates:
    """Return what there is to say about near-duplicates."""
    groups = [list(each) for each in told.duplicates if len(each) > 1]
    largest = sorted(groups, key=len, reverse=True)[:GROUPS_NAMED]
    return Duplicates(
        groups=len(groups),
        comments=sum(map(len, groups)),
        disagreeing=sum(len(np.unique(told.removed[each])) > 1 for each in groups),
        across_folds=sum(len(np.unique(told.fold[each])) > 1 for each in groups),
        largest=[(len(each), [told.ids[place] for place in each[:IDS_NAMED]]) for each in largest],
    )
