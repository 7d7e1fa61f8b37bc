"""Where in a comment each character of its cleaned form comes from, so that reasons can point at it.

`cleaned` takes the steps of `text.clean` one by one and keeps count; it is slower, and is asked only about
comments that are explained.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from model_service import text as cleaning
from model_service.text import LINK, MARKDOWN_LINK, URL

type Piece = tuple[int, int] | tuple[int, int, str]
"""A span of the text before: as it was, or with new text in its place."""

_ENTITY = re.compile(r"&[^&;]{1,32};?")  # the longest name has 31 letters; what follows a name is kept
_STRANGE_ONE = re.compile(r"[^\x00-\x7f]")


class _Step(NamedTuple):
    """One step of cleaning: the pieces that the text after it consists of."""

    begins: list[int]
    """Where each piece begins in the text after; ascending."""
    spans: list[tuple[int, int]]
    """What it comes from in the text before."""
    is_new: list[bool]
    """Whether it is new text, which comes from its span as a whole, or the span as it was."""

    def start(self, place: int) -> int:
        """Return where what the character at a place comes from begins in the text before."""
        piece = bisect_right(self.begins, place) - 1
        start = self.spans[piece][0]
        return start if self.is_new[piece] else start + place - self.begins[piece]

    def end(self, place: int) -> int:
        """Return where it ends, exclusive."""
        piece = bisect_right(self.begins, place) - 1
        start, end = self.spans[piece]
        return end if self.is_new[piece] else start + place - self.begins[piece] + 1


class Placed(NamedTuple):
    """A text made from another, of which each step keeps the order."""

    text: str
    steps: Sequence[_Step] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the other text that a span (not empty) of this one comes from."""
        for step in reversed(self.steps):
            start, end = step.start(start), step.end(end - 1)
        return start, end


def cleaned(text: str) -> Placed:
    """Return `text.clean(text)`, and where its characters come from; in time linear in the length."""
    placed = Placed(text)
    if "&#" in text:
        placed = _replaced(placed, cleaning.LEADING_ZEROS, lambda match: [])
        placed = _replaced(placed, cleaning.ENDLESS_ENTITY, _always(" "))
    if "&" in placed.text:
        placed = _replaced(placed, _ENTITY, _unescaped)
    if not placed.text.isascii():
        placed = _replaced(placed, _STRANGE_ONE, lambda match: [(*match.span(), cleaning.unfolded(match[0]))])
        placed = placed._replace(text=cleaning.in_one_alphabet(placed.text))  # letter by letter
    if "](" in placed.text:
        placed = _replaced(placed, MARKDOWN_LINK, _words_and_target)
    if cleaning.may_have_link(placed.text):
        placed = _replaced(placed, LINK, _always(f" {URL} "))
    for character, pattern, pieces_of in _PLAIN:
        if character in placed.text:
            placed = _replaced(placed, pattern, pieces_of)
    return placed._replace(text=placed.text.lower())  # letter by letter too: İ, of two, became an I above


def _replaced(
    placed: Placed, pattern: re.Pattern[str], pieces_of: Callable[[re.Match[str]], Iterable[Piece]]
) -> Placed:
    """Return the text with each match of a pattern replaced by its pieces."""
    before = placed.text
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    is_new: list[bool] = []
    done = 0
    for match in pattern.finditer(before):
        first, last = match.span()
        for begin, end, *new in ((done, first), *pieces_of(match)):
            texts.append(new[0] if new else before[begin:end])
            spans.append((begin, end))
            is_new.append(bool(new))
        done = last
    if not done:
        return placed
    texts.append(before[done:])
    spans.append((done, len(before)))
    is_new.append(False)
    begins = [0, *accumulate(map(len, texts))]
    return Placed("".join(texts), (*placed.steps, _Step(begins[:-1], spans, is_new)))


def _always(plain: str) -> Callable[[re.Match[str]], Iterable[Piece]]:
    return lambda match: [(*match.span(), plain)]


def _words_and_target(link: re.Match[str]) -> list[Piece]:
    """Return a Markdown link's words and its target, with spaces in the place of its brackets."""
    (first, last), (begin, end) = link.span(1), link.span(2)
    return [(first - 1, first, " "), (first, last), (last, begin, " "), (begin, end), (end, end + 1, " ")]


def _unescaped(match: re.Match[str]) -> list[Piece]:
    """Return what an entity stands for; what follows it in the match stays in its place."""
    plain = html.unescape(match[0])
    same = 0
    while same < min(len(plain), len(match[0])) and plain[-1 - same] == match[0][-1 - same]:
        same += 1
    end = match.end() - same
    return [(match.start(), end, plain[: len(plain) - same]), (end, match.end())]


_PLAIN = [
    (character, re.compile(re.escape(character)), _always(plain)) for character, plain in cleaning.PLAIN
]
