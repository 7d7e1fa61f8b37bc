"""Where in a comment each character of its cleaned form comes from, so that reasons can point at it.

`cleaned` takes the steps of `text.clean` one by one and keeps count; it is slower, and is asked only about
comments that are explained.
"""

import html
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from model_service import text as cleaning
from model_service.text import LINK, MARKDOWN_LINK, URL

type Piece = tuple[int, int] | tuple[int, int, str]
"""A span of the text before: as it was, or with new text in its place."""

_ENTITY = re.compile(r"&[^&;]{1,32};?")  # the longest name has 31 letters; what follows a name is kept
_STRANGE_ONE = re.compile(r"[^\x00-\x7f]")


class Placed(NamedTuple):
    """A text made from another."""

    text: str
    starts: Sequence[int]
    """For each character, where the characters that it comes from begin in the other text."""
    ends: Sequence[int]
    """... and where they end, exclusive."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the other text that a span (not empty) of this one comes from."""
        return min(self.starts[start:end]), max(self.ends[start:end])


def cleaned(text: str) -> Placed:
    """Return `text.clean(text)`, and where its characters come from; in time linear in the length."""
    placed = Placed(text, range(len(text)), range(1, len(text) + 1))
    if "&" in text:
        placed = _replaced(placed, cleaning.LEADING_ZEROS, lambda match: [])
        placed = _replaced(placed, cleaning.ENDLESS_ENTITY, _always(" "))
        placed = _replaced(placed, _ENTITY, _unescaped)
    if not placed.text.isascii():
        placed = _replaced(placed, _STRANGE_ONE, lambda match: [(*match.span(), cleaning.unfolded(match[0]))])
        placed = placed._replace(text=cleaning.in_one_alphabet(placed.text))  # letter by letter
    placed = _replaced(placed, MARKDOWN_LINK, _words_and_target)
    placed = _replaced(placed, LINK, _always(f" {URL} "))
    for character, plain in cleaning.PLAIN:
        if character in placed.text:
            placed = _replaced(placed, re.compile(re.escape(character)), _always(plain))
    return placed._replace(text=placed.text.lower())  # letter by letter too: İ, of two, became an I above


def _replaced(
    placed: Placed, pattern: re.Pattern[str], pieces_of: Callable[[re.Match[str]], Iterable[Piece]]
) -> Placed:
    """Return the text with each match of a pattern replaced by its pieces."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def keep(first: int, last: int) -> None:
        texts.append(placed.text[first:last])
        starts.extend(placed.starts[first:last])
        ends.extend(placed.ends[first:last])

    done = 0
    for match in pattern.finditer(placed.text):
        first, last = match.span()
        keep(done, first)
        for begin, end, *new in pieces_of(match):
            if new:
                texts += new
                starts += [placed.starts[begin]] * len(new[0])
                ends += [placed.ends[end - 1]] * len(new[0])
            else:
                keep(begin, end)
        done = last
    if not done:
        return placed
    keep(done, len(placed.text))
    return Placed("".join(texts), starts, ends)


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
