"""A load whose send times are fixed beforehand: what its sender is told, and what it says at its end.

Both sides read it, so it needs no more than the peers' environment has.
"""

import os
from collections.abc import Mapping
from math import ceil
from typing import Self

import msgspec
from msgspec import Struct

from benchmarks.harness.comments import Mix

VARIABLE = "BENCH_LOAD"

BEHIND_MS = 5.0
"""A comment that is sent so much after its time was late; that the sender is cheap costs 1 ms."""


class Load(Struct, frozen=True, kw_only=True):
    """Comments at a rate that nothing changes."""

    bootstrap: str
    topic: str
    per_s: float
    seconds: float
    mix: Mix
    bodies: str
    """File with the texts to draw from, a list in JSON."""

    @property
    def count(self) -> int:
        """Return how many comments there are."""
        return ceil(self.per_s * self.seconds)

    def due_s(self, began_s: float, number: int) -> float:
        """Return when a comment should be sent, whatever became of those before it.

        Args:
            began_s: When the first one should, seconds since the epoch.
            number: Which comment, from 0.
        """
        return began_s + number / self.per_s

    @classmethod
    def here(cls) -> Self:
        """Return the load that this process was started for."""
        return msgspec.json.decode(os.environ[VARIABLE], type=cls)

    def environment(self) -> Mapping[str, str]:
        """Return the variables that `here` reads."""
        return {VARIABLE: msgspec.json.encode(self).decode()}


class Sent(Struct, frozen=True, kw_only=True):
    """What a sender says of its own work."""

    began_s: float
    """When the first comment was due, seconds since the epoch."""
    comments: int
    refused: int
    """Comments that the broker did not take."""
    late: int
    """Comments that were sent more than `BEHIND_MS` after their time."""
    late_p99_ms: float
    """By how much after their time 99 % were sent at the most."""
    late_max_ms: float
