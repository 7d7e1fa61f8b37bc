"""How a comment is written, whatever it says: the features that the default recipe weighs beside its words.

| feature | is |
|---|---|
| `capitals`, `capitals_in_a_row` | of the letters, the share of capitals; of those behind another |
| `small_first_letter` | whether the first character is a small letter |
| `question_marks` | log(1 + how many) * length |
| `ends_with_question_mark`, `ends_with_full_stop` | whether it is the last character |
| `colons` | log(1 + how many) |
| `very_long_words` | of the runs of letters, the share longer than `VERY_LONG` |
| `varied_words` | of the chunks between whitespace, the share that is not a repetition, * length |

Length is log(1 + tokens): a question mark says another thing in a long comment than in a short one, and the
longer a comment, the more of its words come again.

The features are read off the bytes of a whole batch at once, so that a comment costs microseconds. Letters
are those of ASCII: `tidy` has made plain ones of the fancy ones, and the comments are English.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.int64]
type Floats = NDArray[np.float64]

VERY_LONG = 10
"""A very long word has more letters than that."""

GROUPS = {
    "capitals": "capital letters",
    "capitals_in_a_row": "capital letters",
    "small_first_letter": "capital letters",
    "question_marks": "question marks",
    "ends_with_question_mark": "question marks",
    "colons": "punctuation",
    "ends_with_full_stop": "punctuation",
    "very_long_words": "long words",
    "varied_words": "length and variety",
}
"""What each feature is called in an explanation."""

FEATURES = tuple(GROUPS)
"""In the order of the columns."""

_OF_ANY_COMMENT = frozenset({"varied_words"})
"""Features that no comment is without: they are told against the usual value, all others against none."""

_SEPARATOR = b"\0"  # `tidy` leaves none in a comment
_A, _SMALL_A, _LETTERS = np.uint8(ord("A")), np.uint8(ord("a")), 26
_SMALL_BIT = np.uint8(ord("a") - ord("A"))


class _Batch(NamedTuple):
    """The bytes of one or more comments, a separator after each, and where there are words in them."""

    bytes: NDArray[np.uint8]
    starts: Ints
    """(n + 1,) where each comment begins; the last is where another one would."""
    begins: Ints
    """(w,) where each word, a run of letters, begins."""
    lengths: Ints
    """(w,) its letters."""

    @classmethod
    def of(cls, comments: Sequence[str]) -> Self:
        encoded = [comment.strip().encode() for comment in comments]
        starts = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum(np.array(list(map(len, encoded))) + 1, out=starts[1:])
        together = np.frombuffer(_SEPARATOR.join((*encoded, b"")), dtype=np.uint8)
        letter = (together | _SMALL_BIT) - _SMALL_A < _LETTERS  # what is below "a" wraps round and is large
        edges = np.flatnonzero(np.diff(letter, prepend=False))  # begin, end, begin, ...: a separator is last
        return cls(together, starts, edges[::2], edges[1::2] - edges[::2])

    def at(self, places: Ints) -> Ints:
        """Return (n,), how many of these places, which ascend, are in each comment."""
        return np.diff(np.searchsorted(places, self.starts))

    def marked(self, marks: NDArray[np.bool_]) -> Ints:
        """Return (n,), how many bytes of each comment are marked; the last of all may have no mark."""
        return self.at(np.flatnonzero(marks))

    def letters(self) -> Ints:
        """Return (n,), how many letters each comment has."""
        before = np.concatenate(([0], np.cumsum(self.lengths)))
        return np.diff(before[np.searchsorted(self.begins, self.starts)])


def usual(means: Floats) -> Floats:
    """Return (k,) float64: what a comment is like that nothing is to be said of.

    Args:
        means: (k,) float64, of the features over comments.
    """
    return np.array(
        [mean if name in _OF_ANY_COMMENT else 0.0 for name, mean in zip(FEATURES, means, strict=True)]
    )


def standardised(style: Floats, means: Floats, scales: Floats, limit: float) -> Floats:
    """Return features in units of their scales, from -limit to limit; shaped as `style`, (n, k) or (k,)."""
    return np.asarray(np.clip((style - means) / scales, -limit, limit))


def style_of_chunks(tidied: Sequence[str], tokens: Ints, chunks: Sequence[Sequence[str]]) -> Floats:
    """Return the features of comments; as `style_of`, with the chunks themselves, in small letters."""
    sizes = np.array([len(each) for each in chunks], dtype=np.int64)
    distinct = np.array([len(set(each)) for each in chunks], dtype=np.int64)
    return style_of(tidied, tokens, sizes, distinct)


def style_of(tidied: Sequence[str], tokens: Ints, chunks: Ints, distinct: Ints) -> Floats:
    """Return (n, len(FEATURES)) float64, the features of comments, always finite.

    It takes memory in proportion to the comments' bytes, at most 20 for each: a caller cuts large batches.

    Args:
        tidied: The comments, after `text.tidy`.
        tokens: (n,) int64, how many tokens each has.
        chunks: (n,) int64, how many chunks between whitespace each has.
        distinct: (n,) int64, how many of its chunks differ, in small letters.
    """
    if not tidied:
        return np.zeros((0, len(FEATURES)))
    batch = _Batch.of(tidied)
    length = np.log1p(np.maximum(tokens, 1))
    columns = (
        *_letters(batch),
        *_marks(batch, length),
        _very_long_words(batch),
        distinct / np.maximum(chunks, 1) * length,
    )
    return np.column_stack(columns)


def _letters(batch: _Batch) -> tuple[Floats, ...]:
    """Return the share of capitals, of those that follow another, and whether a small letter is first."""
    capital = batch.bytes - _A < _LETTERS
    letters = np.maximum(batch.letters(), 1)
    return (
        batch.marked(capital) / letters,
        batch.marked(capital[:-1] & capital[1:]) / letters,
        (batch.bytes[batch.starts[:-1]] - _SMALL_A < _LETTERS).astype(np.float64),
    )


def _marks(batch: _Batch, length: Floats) -> tuple[Floats, ...]:
    """Return the features of question marks, colons and full stops."""
    last = batch.bytes[batch.starts[1:] - 2]  # of an empty comment, a separator
    return (
        np.log1p(batch.marked(batch.bytes == ord("?"))) * length,
        (last == ord("?")).astype(np.float64),
        np.log1p(batch.marked(batch.bytes == ord(":"))),
        (last == ord(".")).astype(np.float64),
    )


def _very_long_words(batch: _Batch) -> Floats:
    """Return their share of the words."""
    share: Floats = batch.at(batch.begins[batch.lengths > VERY_LONG]) / np.maximum(batch.at(batch.begins), 1)
    return share
