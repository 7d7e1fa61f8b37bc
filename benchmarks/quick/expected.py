"""The committed figures, and what has changed since. Pure, but for reading and writing them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import sqrt
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.harness import results
from benchmarks.harness.errors import ExpectedUnreadableError, NothingExpectedError, NotWorthWritingError
from benchmarks.harness.watching import End
from benchmarks.quick.ratios import LEAST_TOLERANCE, Quantity, Ratio
from benchmarks.throughput.figures import Measure

COMMITTED = Path(__file__).with_name("expected.json")
DIGITS = 3
MOST_TOLERANCE = 0.5
"""With more a guard would not see that half of the speed is gone."""


class Figure(Struct, frozen=True, kw_only=True):
    """What one ratio was when it was last written."""

    contender: str
    quantity: Quantity
    mean: float
    """A multiple of the bare loop's."""
    tolerance: float
    """How far a single round may be from the mean, as a share of it."""

    def allows(self, rounds: int) -> float:
        """Return how far the mean of so many rounds may be from it, as a share of it."""
        return max(LEAST_TOLERANCE, self.tolerance / sqrt(rounds))


class Expected(Struct, frozen=True, kw_only=True):
    """All of them, and what they were measured with."""

    model_version: str = ""
    cores: int = 0
    comments: int = 0
    rounds: int = 0
    figures: list[Figure] = []


class Verdict(StrEnum):
    """What became of a figure."""

    FASTER = "faster"
    SLOWER = "slower"
    AS_BEFORE = "as before"
    NEW = "new"
    MISSING = "not measured"


class Change(Struct, frozen=True, kw_only=True):
    """One ratio then and now."""

    contender: str
    quantity: Quantity
    before: float | None
    tolerance: float | None
    now: float | None
    verdict: Verdict

    @property
    def by(self) -> float | None:
        """Return by which share the ratio grew or shrank; of CPU time more is worse."""
        return None if self.before is None or self.now is None else self.now / self.before - 1


def figures(found: Iterable[Ratio]) -> list[Figure]:
    """Return what is to be written of ratios."""
    return [
        Figure(
            contender=each.contender,
            quantity=each.quantity,
            mean=round(each.mean, DIGITS),
            tolerance=round(each.tolerance, DIGITS),
        )
        for each in found
    ]


def compared(expected: Sequence[Figure], found: Sequence[Ratio]) -> list[Change]:
    """Return what became of each ratio, those that were not measured or are new as well."""
    before = {(each.contender, each.quantity): each for each in expected}
    now = {(each.contender, each.quantity): each for each in found}
    return [_change(place, before.get(place), now.get(place)) for place in dict.fromkeys([*now, *before])]


def _change(place: tuple[str, Quantity], before: Figure | None, now: Ratio | None) -> Change:
    contender, quantity = place
    return Change(
        contender=contender,
        quantity=quantity,
        before=before.mean if before else None,
        tolerance=before.allows(len(now.rounds) if now else 1) if before else None,
        now=now.mean if now else None,
        verdict=_verdict(before, now),
    )


def _verdict(before: Figure | None, now: Ratio | None) -> Verdict:
    if now is None:
        return Verdict.MISSING
    if before is None:
        return Verdict.NEW
    if abs(now.mean - before.mean) <= before.allows(len(now.rounds)) * before.mean:
        return Verdict.AS_BEFORE
    return Verdict.FASTER if (now.mean > before.mean) is now.quantity.more_is_better else Verdict.SLOWER


def require(expected: Expected) -> None:
    """Return if there is something to compare with: a guard without figures would let everything pass.

    Raises:
        NothingExpectedError: If there is not.
    """
    if not expected.figures:
        raise NothingExpectedError(COMMITTED)


def require_worth(found: Sequence[Ratio], measures: Iterable[Measure]) -> None:
    """Return if a run can be what others are compared with: a guard that allows everything is none.

    Raises:
        NotWorthWritingError: If it cannot.
    """
    for each in measures:
        if each.lost or each.end is not End.DONE:
            raise NotWorthWritingError(f"{each.contender} lost comments in round {each.round}, or stopped")
    for ratio in found:
        if ratio.tolerance > MOST_TOLERANCE:
            raise NotWorthWritingError(
                f"the rounds differ too much ({ratio.contender}, {ratio.quantity}: ±{ratio.tolerance:.0%}, "
                f"and ±{MOST_TOLERANCE:.0%} is the most); run it again with nothing else running"
            )


def read(path: Path = COMMITTED) -> Expected:
    """Return the committed figures; none when there is no file.

    Raises:
        ExpectedUnreadableError: If it is another's.
    """
    if not path.is_file():
        return Expected()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Expected)
    except msgspec.MsgspecError as error:
        raise ExpectedUnreadableError(path, str(error)) from error


def write(expected: Expected, path: Path = COMMITTED) -> None:
    """Write figures to be committed."""
    results.write_json(expected, path)
