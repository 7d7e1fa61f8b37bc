"""What adds up to the log-odds of a batch of comments, as arrays, and where its words are written."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from model_service.phrases import Ints
from model_service.reading import Read

_SPACE = np.array([chr(code).isspace() for code in range(0x3002)])
"""Of each character whether it is whitespace; all beyond are like the last."""


class Occurrences(NamedTuple):
    """Words and phrases of a batch; those of equal number and comment stand in the order of the text."""

    comment: Ints
    """(n,) which comment each is in."""
    first: Ints
    """(n,) its first token, counted over the whole batch."""
    length: Ints
    """(n,) how many tokens it has."""
    number: Ints
    """(n,) the same for the same words; `phrases.UNKNOWN` where only the text can tell."""
    weight: NDArray[np.float64]
    """(n,) what it adds to its comment's log-odds."""


def joined(one: Occurrences, other: Occurrences) -> Occurrences:
    """Return the occurrences of both, the other's last."""
    return Occurrences(
        np.concatenate((one.comment, other.comment)),
        np.concatenate((one.first, other.first)),
        np.concatenate((one.length, other.length)),
        np.concatenate((one.number, other.number)),
        np.concatenate((one.weight, other.weight)),
    )


class Traits(NamedTuple):
    """What comments as a whole add."""

    names: Sequence[str]
    """Of each column; they may repeat."""
    weights: NDArray[np.float64]
    """(n_comments, n_names)"""


class Parts(NamedTuple):
    """All that adds up to the log-odds of a batch of comments, but for the intercept."""

    read: Read
    occurrences: Occurrences
    traits: Traits


class Written(NamedTuple):
    """A batch of cleaned comments, one after the other, and where the tokens are in that text."""

    text: str
    begins: Ints
    """(n_comments,) where each comment begins."""
    starts: Ints
    """(n_tokens,) where each token begins."""
    ends: Ints
    """(n_tokens,) ... and ends, exclusive."""

    @classmethod
    def of(cls, read: Read) -> Self:
        """Return where the tokens of these comments are."""
        # Tokens hold each character but whitespace once and in order: it is enough to count those.
        text, lengths = "".join(read.cleaned), read.tokens.lengths
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        solid = np.flatnonzero(~_SPACE[np.minimum(codes, len(_SPACE) - 1)])
        ends = np.cumsum(lengths)
        sizes = np.fromiter(map(len, read.cleaned), dtype=np.int64, count=len(read.cleaned))
        return cls(text, np.cumsum(sizes) - sizes, solid[ends - lengths], solid[ends - 1] + 1)

    def words(self, first: int, length: int) -> str:
        """Return some tokens in a row, with a space between each two."""
        tokens = slice(first, first + length)
        spans = zip(self.starts[tokens].tolist(), self.ends[tokens].tolist(), strict=True)
        return " ".join([self.text[start:end] for start, end in spans])
