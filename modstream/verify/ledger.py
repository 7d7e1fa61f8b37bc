"""What is known of each offset of one partition of the input topic, in 26 to 34 bytes an offset."""

from array import array
from collections import Counter

INPUT = 1
"""The input record itself was read, and is a comment of its own."""
PREDICTED = 2
"""It was predicted when it first came."""
REJECTED = 4
"""It was dead-lettered when it first came."""
WARNED = 8
"""It has an alert."""
CONFLICT = 16
"""Its outputs contradict each other."""
ABOVE = 32
"""Its prediction is above the threshold."""
MISMATCH = 64
"""Its alert is unlike its prediction, or not above its own threshold."""

RESUBMISSION = 128
"""The record here brings an earlier one back; it is no input of its own, but has to come out as well."""
ANSWERED = 256
"""Outputs say that the resubmission here made them."""
PREDICTED_AGAIN = 512
"""A resubmission of it was predicted."""
REJECTED_AGAIN = 1024
"""A resubmission of it was dead-lettered."""

ALL_FLAGS = 2 * REJECTED_AGAIN - 1
OUTCOME = PREDICTED | REJECTED
"""An input has come out of the pipeline if it has either: what its resubmissions do makes up for no loss."""
PREDICTION = PREDICTED | PREDICTED_AGAIN
LETTER = REJECTED | REJECTED_AGAIN


class Ledger:
    """Flags and digests by offset, from the start of the log on.

    Offsets are dense in a topic that is not compacted; a transaction's marker wastes its 26 bytes. Digests of
    dead letters, 8 bytes an offset, are kept from the partition's first one on.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        """First offset that still exists."""
        self.scope = start
        """Inputs before it are accounted for; those from it on came after the account was opened."""
        self.known = start
        """No input at it or after it existed when the outputs were read."""
        self._flags = array("H")
        self._contents = array("Q")
        self._warnings = array("Q")
        self._told = array("Q")
        self._letters = array("Q")

    def grow(self, end: int) -> None:
        """Make room for every offset before `end`."""
        missing = end - self.start - len(self._flags)
        if missing > 0:
            for entries in (self._flags, self._contents, self._warnings, self._told):
                entries.frombytes(bytes(missing * entries.itemsize))
        self.known = max(self.known, end)

    def flags(self, offset: int) -> int:
        """Return what is known of an offset in [start, known)."""
        return self._flags[offset - self.start]

    def mark(self, offset: int, flags: int) -> None:
        """Add flags to an offset."""
        self._flags[offset - self.start] |= flags

    def prediction(self, offset: int, content: int) -> int:
        """Return the digest of the first prediction for an offset, which is `content` if there was none."""
        return _first(self._contents, offset - self.start, content)

    def letter(self, offset: int, content: int) -> int:
        """Return the digest of the first dead letter of an offset, likewise."""
        missing = len(self._flags) - len(self._letters)
        if missing > 0:
            self._letters.frombytes(bytes(missing * self._letters.itemsize))
        return _first(self._letters, offset - self.start, content)

    def warning(self, offset: int, content: int) -> int:
        """Return the digest of the first alert at an offset, which is `content` if there was none."""
        return _first(self._warnings, offset - self.start, content)

    def told(self, offset: int, content: int) -> int:
        """Return the digest of the prediction that the first alert told of, likewise."""
        return _first(self._told, offset - self.start, content)

    def agree(self, offset: int) -> bool:
        """Tell whether the alert at an offset tells of the prediction there; both must have been seen."""
        place = offset - self.start
        return self._told[place] == self._contents[place]

    def census(self) -> Counter[int]:
        """Return how many offsets in scope have each combination of flags."""
        return Counter(memoryview(self._flags)[: self.scope - self.start])

    def offsets_with(self, combinations: frozenset[int], limit: int) -> list[int]:
        """Return the first offsets in scope whose flags are one of the combinations."""
        found: list[int] = []
        for place in range(self.scope - self.start):
            if len(found) >= limit:
                break
            if self._flags[place] in combinations:
                found.append(self.start + place)
        return found

    @property
    def size_bytes(self) -> int:
        """Return the memory that the ledger's entries take."""
        entries = (self._flags, self._contents, self._warnings, self._told, self._letters)
        return sum(each.itemsize * len(each) for each in entries)


def _first(digests: "array[int]", place: int, digest: int) -> int:
    if not digests[place]:
        digests[place] = digest
    return digests[place]
