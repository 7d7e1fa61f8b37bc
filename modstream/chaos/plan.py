"""From a user's wishes to a run that is fully decided."""

from pathlib import Path

from msgspec import Struct

from modstream.chaos.scenarios import RANDOM, SCENARIOS
from modstream.chaos.schedule import MOST_WORKERS, Fault, random_schedule
from modstream.errors import OptionsError

SECONDS_PER_KILL = 6.0
LEAST_SECONDS = 30.0

DEFAULT_KILLS = 20
DEFAULT_WORKERS = 2


class ChaosOptions(Struct, frozen=True, kw_only=True):
    """What the user asked for; None is for us to decide."""

    comments: int
    kills: int | None
    seed: int
    scenario: str
    seconds: float | None
    per_s: float | None
    workers: int | None
    data: Path | None
    """A file of comments to send, again and again; None for synthetic ones."""


class Plan(Struct, frozen=True, kw_only=True):
    """A run, decided."""

    scenario: str
    seed: int
    comments: int
    per_s: float
    """Comments a second, on the average."""
    seconds: float
    """How long the faults go on, at least."""
    workers: int
    """How many run at first."""
    faults: tuple[Fault, ...]
    recovers_within_s: float | None
    """How soon after each kill there must be a new prediction; None for no limit."""


def plan_of(options: ChaosOptions) -> Plan:
    """Return the run that the options ask for.

    Raises:
        OptionsError: If they make no sense, alone or together.
    """
    if options.scenario != RANDOM:
        return _named(options)
    workers = options.workers or DEFAULT_WORKERS
    if workers > MOST_WORKERS:
        raise OptionsError(f"--workers {workers}: a chaos run has {MOST_WORKERS} at the most")
    kills = DEFAULT_KILLS if options.kills is None else options.kills
    seconds = _seconds(options, kills)
    return Plan(
        scenario=RANDOM,
        seed=options.seed,
        comments=options.comments,
        per_s=options.per_s or options.comments / seconds,
        seconds=seconds,
        workers=workers,
        faults=random_schedule(options.seed, kills=kills, seconds=seconds, workers=workers),
        recovers_within_s=None,
    )


def _seconds(options: ChaosOptions, kills: int) -> float:
    if options.seconds is not None:
        return options.seconds
    if options.per_s is not None:
        return max(LEAST_SECONDS, options.comments / options.per_s)
    return max(LEAST_SECONDS, kills * SECONDS_PER_KILL)


def _named(options: ChaosOptions) -> Plan:
    scenario = SCENARIOS.get(options.scenario)
    if scenario is None:
        names = ", ".join((RANDOM, *SCENARIOS))
        raise OptionsError(f"--scenario {options.scenario}: there is no such one; choose from {names}")
    for name, given in (
        ("--kills", options.kills),
        ("--seconds", options.seconds),
        ("--workers", options.workers),
    ):
        if given is not None:
            raise OptionsError(f"{name} is for --scenario {RANDOM}; {options.scenario} has its own")
    return Plan(
        scenario=options.scenario,
        seed=options.seed,
        comments=options.comments,
        per_s=options.per_s or options.comments / scenario.seconds,
        seconds=scenario.seconds,
        workers=scenario.workers,
        faults=scenario.faults,
        recovers_within_s=scenario.recovers_within_s,
    )
