"""Named runs with a fixed schedule, one for each thing that must be shown."""

from collections.abc import Mapping

from msgspec import Struct

from modstream.chaos.schedule import BROKER, MOST_WORKERS, SERVICE, Fault, Kind, worker_names

RANDOM = "random"

AWAY_S = 60.0
BEGINS_S = 10.0
AFTERWARDS_S = 20.0
"""How long comments go on after the last fault of a scenario."""

CYCLE_S = 20.0
"""The workers go from one to four and back in this time."""

CYCLES = 15

REPLACEMENTS = 5
REPLACED_EVERY_S = 25.0
REPLACED_WITHIN_S = 10.0


class Scenario(Struct, frozen=True, kw_only=True):
    """A run whose faults are known by name."""

    workers: int
    """How many run at first."""
    faults: tuple[Fault, ...]
    recovers_within_s: float | None = None
    """How soon after each fault there must be a new prediction."""

    @property
    def seconds(self) -> float:
        """Return how long comments are sent."""
        return max(each.at_s + each.for_s for each in self.faults) + AFTERWARDS_S


def _away(kind: Kind, target: str) -> tuple[Fault, ...]:
    return (Fault(BEGINS_S, kind, target, AWAY_S),)


def _rolling() -> tuple[Fault, ...]:
    """Return 1→4→1 workers, again and again: all three new ones at once, and gone at once."""
    extra = worker_names(MOST_WORKERS)[1:]
    return tuple(
        Fault(BEGINS_S + cycle * CYCLE_S + half * CYCLE_S / 2, kind, target)
        for cycle in range(CYCLES)
        for half, kind in enumerate((Kind.ADD, Kind.REMOVE))
        for target in extra
    )


def _replace() -> tuple[Fault, ...]:
    return tuple(
        Fault(BEGINS_S + number * REPLACED_EVERY_S, Kind.KILL, worker_names(1)[0])
        for number in range(REPLACEMENTS)
    )


SCENARIOS: Mapping[str, Scenario] = {
    "broker-away": Scenario(workers=2, faults=_away(Kind.STOP, BROKER)),
    "service-away": Scenario(workers=2, faults=_away(Kind.STOP, SERVICE)),
    "worker-paused": Scenario(
        workers=2,
        faults=_away(Kind.PAUSE, worker_names(1)[0]),
    ),
    "rolling": Scenario(workers=1, faults=_rolling()),
    "replace": Scenario(
        workers=1,
        faults=_replace(),
        recovers_within_s=REPLACED_WITHIN_S,
    ),
}
