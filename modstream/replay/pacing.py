"""When each comment is due. Nothing here reads a clock of its own."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from modstream.errors import OptionsError
from modstream.replay.comments import Outgoing
from modstream.replay.errors import NoEventTimeError

LONGEST_NAP_S = 0.1
"""A long wait is made of naps, so that a request to stop is heard soon."""


class Pace(Protocol):
    """Says when comments are due."""

    def due_s(self, index: int, comment: Outgoing) -> float:
        """Return when a comment is due, in seconds after the start; called once each, in order.

        Args:
            index: How many were before it, over all rounds.
            comment: The comment.
        """


@dataclass(frozen=True)
class FixedRate:
    """So many comments a second; after a stall it catches up, for due times are absolute."""

    per_s: float

    def due_s(self, index: int, comment: Outgoing) -> float:
        """Return the time at this rate; the first comment is due at once."""
        return index / self.per_s


@dataclass(frozen=True)
class AsFastAsPossible:
    """Every comment is due at once."""

    def due_s(self, index: int, comment: Outgoing) -> float:
        """Return the start."""
        return 0.0


@dataclass
class SpedUp:
    """The comments' own times, `speed` times as fast; one that is older than the one before is due with it.

    A further round of the same comments begins when the last of the round before is due.
    """

    speed: float
    _round: int = field(default=0, init=False)
    _first_s: float = field(default=0.0, init=False)
    _round_due_s: float = field(default=0.0, init=False)
    _latest_due_s: float = field(default=0.0, init=False)

    def due_s(self, index: int, comment: Outgoing) -> float:
        """Return the time by the comment's `created_utc`.

        Raises:
            NoEventTimeError: If it has none.
        """
        if comment.created_utc is None:
            raise NoEventTimeError(comment.origin)
        if comment.round != self._round:
            self._round, self._first_s = comment.round, comment.created_utc
            self._round_due_s = self._latest_due_s
        due_s = self._round_due_s + (comment.created_utc - self._first_s) / self.speed
        self._latest_due_s = max(self._latest_due_s, due_s)
        return self._latest_due_s


class Pacer:
    """Waits until comments are due, by absolute times: lateness never adds up."""

    def __init__(self, pace: Pace, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._start_s = clock()
        self._index = 0

    def wait_for(self, comment: Outgoing, should_stop: Callable[[], bool]) -> bool:
        """Return when the next comment is due: True, or at once False if asked to stop."""
        due_at_s = self._start_s + self._pace.due_s(self._index, comment)
        self._index += 1
        while not should_stop():
            remaining_s = due_at_s - self._clock()
            if remaining_s <= 0:
                return True
            self._sleep(min(remaining_s, LONGEST_NAP_S))
        return False


def parse_pace(rate: str | None, speed: str | None, default_per_s: float) -> Pace:
    """Return the pace that the command's options ask for.

    Args:
        rate: Comments a second, or `max`; None when not given.
        speed: Such as `x10` or `10`: so many times as fast as they were written; None when not given.
        default_per_s: The rate when neither is given.

    Raises:
        OptionsError: If both are given, or one is no positive number.
    """
    if rate is not None and speed is not None:
        raise OptionsError("--rate and --speed exclude each other: a fixed rate, or the comments' own times")
    if speed is not None:
        return SpedUp(_positive("--speed", speed, re.sub(r"^[xX]|[xX]$", "", speed.strip()), "x10"))
    if rate is None:
        return FixedRate(default_per_s)
    if rate.strip().lower() == "max":
        return AsFastAsPossible()
    return FixedRate(_positive("--rate", rate, rate, "100, or max"))


def _positive(option: str, given: str, text: str, example: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise OptionsError(f"{option} {given}: use a number above zero, such as {example}")
    return number
