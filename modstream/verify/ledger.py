"""What is known of each offset of one partition of the input topic, in 25 bytes an offset."""

from array import array
from collections import Counter

INPUT = 1
"""The input record itself was read."""
PREDICTED = 2
REJECTED = 4
"""It has a dead letter."""
WARNED = 8
"""It has an alert."""
CONFLICT = 16
"""Its outputs contradict each other."""
ABOVE = 32
"""Its prediction is above the threshold."""
MISMATCH = 64
"""Its alert is unlike its prediction, or not above its own threshold."""

OUTCOME = PREDICTED | REJECTED
"""A source has come out of the pipeline if it has either."""


class Ledger:
    """Flags and digests by offset, from the start of the log on.

    Offsets are dense in a topic that is not compacted; a transaction's marker wastes its 25 bytes.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        """First offset that still exists."""
        self.scope = start
        """Inputs before it are accounted for; those from it on came after the account was opened."""
        self.known = start
        """No input at it or after it existed when the outputs were read."""
        self._flags = bytearray()
        self._contents = array("Q")
        self._warnings = array("Q")
        self._told = array("Q")

    def grow(self, end: int) -> None:
        """Make room for every offset before `end`."""
        missing = end - self.start - len(self._flags)
        if missing > 0:
            self._flags.extend(bytes(missing))
            for digests in (self._contents, self._warnings, self._told):
                digests.frombytes(bytes(missing * digests.itemsize))
        self.known = max(self.known, end)

    def flags(self, offset: int) -> int:
        """Return what is known of an offset in [start, known)."""
        return self._flags[offset - self.start]

    def mark(self, offset: int, flags: int) -> None:
        """Add flags to an offset."""
        self._flags[offset - self.start] |= flags

    def outcome(self, offset: int, content: int) -> int:
        """Return the digest of the first outcome at an offset, which is `content` if there was none."""
        return _first(self._contents, offset - self.start, content)

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
        digests = (self._contents, self._warnings, self._told)
        return len(self._flags) + sum(each.itemsize * len(each) for each in digests)


def _first(digests: "array[int]", place: int, digest: int) -> int:
    if not digests[place]:
        digests[place] = digest
    return digests[place]
