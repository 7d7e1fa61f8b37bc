"""Who runs when. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from benchmarks.harness.comments import Mix

WARM_UP = 0
"""The round that does not count."""


class Turn(NamedTuple):
    """One contender's run over one mix of comments."""

    round: int
    """From 1; `WARM_UP` does not count."""
    mix: Mix
    contender: str


def turns(
    contenders: Sequence[str],
    mixes: Sequence[Mix],
    rounds: int,
    *,
    warm_up: bool,
    everywhere: Collection[str] = (),
) -> Iterator[Turn]:
    """Yield all turns: first everybody warms the machine up, then everybody takes a turn in each round.

    Each round begins with another contender, so that what a machine does to those early or late in a round,
    or to whoever comes after a heavy one, is not always done to the same.

    Args:
        contenders: All of them.
        mixes: Which comments they get.
        rounds: How often each gets each.
        warm_up: Whether there is a round before the first.
        everywhere: Contenders that get every mix: what a memo of tokens hides is told in any case.
    """
    if warm_up:
        for contender in contenders:
            yield Turn(WARM_UP, mixes[0], contender)
    for number in range(1, rounds + 1):
        for mix in Mix:
            for contender in rotated(contenders, number - 1):
                if mix in mixes or contender in everywhere:
                    yield Turn(number, mix, contender)


def rotated(names: Sequence[str], by: int) -> list[str]:
    """Return the names in their order, but beginning further on."""
    first = by % len(names) if names else 0
    return [*names[first:], *names[:first]]
