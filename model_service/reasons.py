"""The weightiest reasons of a whole batch at once: what `Explanation.reasons` gives, in arrays.

Only those that are chosen get a name and a place, so that a comment costs microseconds.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model_service.explanation import Reason
from model_service.parts import Occurrences, Parts, Traits, Written, joined
from model_service.phrases import UNKNOWN, Ints
from model_service.places import cleaned

type Floats = NDArray[np.float64]

type _Candidate = tuple[float, str, bool, float, int, int]
"""What may become a reason: minus its weight's magnitude, its name, whether it is in the text, its weight,
and where it is in the cleaned comment. Candidates sort as reasons do."""


class _Summed(NamedTuple):
    """What all occurrences of the same words, or traits of the same name, add; comment after comment."""

    comment: Ints
    """(n,)"""
    weight: Floats
    """(n,)"""
    first: Ints
    """(n,) the place of the first of them among the occurrences."""

    def only(self, places: Ints) -> Self:
        """Return those at these places."""
        return self._replace(
            comment=self.comment[places], weight=self.weight[places], first=self.first[places]
        )


def weightiest(parts: Parts, most: int) -> list[list[Reason]]:
    """Return the `most` weightiest reasons of each of a batch's comments, as `Explanation.reasons` does."""
    texts = parts.read.texts
    if most < 1:
        return [[] for _ in texts]
    written = Written.of(parts.read)
    occurrences = _with_traits(_numbered(parts.occurrences, written), parts.traits)
    chosen = _chosen(_summed(occurrences), len(texts), most)
    candidates = _named(chosen, occurrences, written, parts.traits.names)
    ends = np.cumsum(np.bincount(chosen.comment, minlength=len(texts))).tolist()
    return [
        _reasons(sorted(candidates[first:last])[:most], text, tidied)
        for text, tidied, (first, last) in zip(texts, parts.read.tidied, pairwise([0, *ends]), strict=True)
    ]


def _reasons(candidates: Sequence[_Candidate], text: str, tidied: str) -> list[Reason]:
    """Return them as reasons, which point at the comment as it was written."""
    # A step that changes anything takes out what no other puts in, or puts in whitespace, which none takes
    # out: a text that is the same as before was not changed on the way.
    span = cleaned(text).span if text != tidied else None
    return [
        Reason(name, weight, *(span(start, end) if span else (start, end)))
        if in_text
        else Reason(name, weight)
        for _, name, in_text, weight, start, end in candidates
    ]


def _named(
    chosen: _Summed, occurrences: Occurrences, written: Written, traits: Sequence[str]
) -> list[_Candidate]:
    """Return the chosen with their names, and where they are in their cleaned comments."""
    first, length = occurrences.first[chosen.first], occurrences.length[chosen.first]
    in_text = length > 0
    starts, ends = np.zeros_like(first), np.zeros_like(first)
    starts[in_text] = written.starts[first[in_text]]
    ends[in_text] = written.ends[(first + length - 1)[in_text]]
    spans = zip(first.tolist(), length.tolist(), starts.tolist(), ends.tolist(), strict=True)
    names = [
        (written.text[start:end] if words == 1 else written.words(at, words)) if words else traits[at]
        for at, words, start, end in spans
    ]
    begins = written.begins[chosen.comment]
    columns = (in_text, chosen.weight, starts - begins, ends - begins)
    sizes = (-np.abs(chosen.weight)).tolist()
    return list(zip(sizes, names, *(column.tolist() for column in columns), strict=True))


def _numbered(occurrences: Occurrences, written: Written) -> Occurrences:
    """Return the occurrences with a number for each word that had none."""
    number = occurrences.number.copy()
    numbers: dict[str, int] = {}
    beyond = int(number.max(initial=0)) + 1
    unknown = np.flatnonzero(number == UNKNOWN)
    tokens = occurrences.first[unknown]
    words = zip(written.starts[tokens].tolist(), written.ends[tokens].tolist(), strict=True)
    number[unknown] = [
        numbers.setdefault(written.text[start:end], beyond + len(numbers)) for start, end in words
    ]
    return occurrences._replace(number=number)


def _with_traits(occurrences: Occurrences, traits: Traits) -> Occurrences:
    """Return the occurrences, and the traits as some of no tokens, `first` being their place in the names."""
    comments, columns = traits.weights.shape
    numbers = {name: place for place, name in enumerate(dict.fromkeys(traits.names))}
    beyond = int(occurrences.number.max(initial=0)) + 1
    number = np.array([beyond + numbers[name] for name in traits.names], dtype=np.int64)
    added = Occurrences(
        np.repeat(np.arange(comments), columns),
        np.tile(np.arange(columns), comments),
        np.zeros(comments * columns, dtype=np.int64),
        np.tile(number, comments),
        traits.weights.ravel(),
    )
    return joined(occurrences, added)


def _summed(occurrences: Occurrences) -> _Summed:
    size = int(occurrences.number.max(initial=0)) + 1
    key = occurrences.comment * size + occurrences.number
    key, first, which = np.unique(key, return_index=True, return_inverse=True)
    # Added up in the order of the text, as `Explanation` does: what is equal there is equal here.
    weight = np.asarray(np.bincount(which, weights=occurrences.weight, minlength=len(key)), dtype=np.float64)
    return _Summed(key // size, weight, first).only(np.flatnonzero(weight))


def _chosen(summed: _Summed, comments: int, most: int) -> _Summed:
    """Return the `most` (at least one) weightiest of each comment, and those equal to the last of them."""
    size = np.abs(summed.weight)
    counts = np.bincount(summed.comment, minlength=comments)
    least = [
        np.partition(size[first:last], -most)[-most] if last - first > most else 0.0
        for first, last in pairwise([0, *np.cumsum(counts).tolist()])
    ]
    return summed.only(np.flatnonzero(size >= np.repeat(least, counts)))
