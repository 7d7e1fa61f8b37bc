"""Which fault happens when: pure, and the same for the same seed."""

from collections.abc import Iterator
from enum import StrEnum
from random import Random

from msgspec import Struct

BROKER = "broker"
SERVICE = "service"
WORKER = "worker"
MOST_WORKERS = 4

FIRST_S = 2.0
"""No fault comes before it: something is to be in flight."""

SETTLES_AFTER_S = {WORKER: 8.0, SERVICE: 6.0, BROKER: 15.0}
"""How long a target is left alone after its fault, in seconds: what never runs shows nothing."""

SHARES = {WORKER: 0.7, SERVICE: 0.15, BROKER: 0.15}
"""Of the kills, by target, beyond the first of each."""


class Kind(StrEnum):
    """What can be done to a pipeline."""

    KILL = "kill"
    """SIGKILL, and a start after `for_s`."""
    PAUSE = "pause"
    """SIGSTOP, and SIGCONT after `for_s`."""
    STOP = "stop"
    """SIGTERM, and a start `for_s` after it has ended."""
    ADD = "add"
    REMOVE = "remove"
    BAD_RECORD = "bad record"
    """Something that is no comment on the comments' topic; the target says what."""


BAD_RECORDS = (
    "invalid-utf8",
    "tombstone",
    "no-body",
    "wrong-types",
    "deep-nesting",
    "huge-body",
    "empty-key",
)
"""What is put on the comments' topic; `bad_records.py` makes them."""

LASTS_S = {
    (Kind.KILL, WORKER): (0.2, 3.0),
    (Kind.KILL, SERVICE): (0.2, 3.0),
    (Kind.KILL, BROKER): (0.2, 3.0),
    # From a hiccup to longer than the worker's session and the time limit of a call.
    (Kind.PAUSE, WORKER): (1.0, 12.0),
    (Kind.PAUSE, SERVICE): (1.0, 12.0),
    (Kind.PAUSE, BROKER): (1.0, 8.0),
    (Kind.STOP, WORKER): (0.5, 4.0),
    (Kind.STOP, SERVICE): (0.5, 4.0),
    (Kind.STOP, BROKER): (0.5, 4.0),
}
"""The shortest and the longest time until a target is started or continued, in seconds."""


class Fault(Struct, frozen=True):
    """One thing that is done to the pipeline."""

    at_s: float
    """When, in seconds after the comments began."""
    kind: Kind
    target: str
    """`broker`, `service`, `worker-1` and so on; for a bad record one of `BAD_RECORDS`."""
    for_s: float = 0.0


def role_of(target: str) -> str:
    """Return `worker` for any worker, else the target itself."""
    return WORKER if target.startswith(WORKER) else target


def worker_names(count: int) -> tuple[str, ...]:
    """Return the names of the first workers."""
    return tuple(f"{WORKER}-{number}" for number in range(1, count + 1))


def random_schedule(seed: int, *, kills: int, seconds: float, workers: int) -> tuple[Fault, ...]:
    """Return faults at random moments, in order of time.

    Args:
        seed: Decides everything; the same arguments give the same faults.
        kills: How many SIGKILLs; pauses, stops, bad records, new and removed workers come in proportion.
        seconds: The time they are spread over; with more of them than fit, the last ones come later.
        workers: How many run at first; never fewer than one or more than `MOST_WORKERS` are meant to run.
    """
    rng = Random(seed)  # noqa: S311  # to be repeated, and nothing secret
    wishes = [*_kills(kills, rng), *_others(kills, rng)]
    rng.shuffle(wishes)
    times = sorted(rng.uniform(FIRST_S, max(seconds, FIRST_S)) for _ in wishes)
    roster = _Roster(workers, rng)
    faults = []
    for at_s in times:
        # The first that can be now: others would wait for a target that is away, and then come all at once.
        number = next((n for n, wish in enumerate(wishes) if roster.can(at_s, *wish)), 0)
        faults.append(roster.place(at_s, *wishes.pop(number)))
    return tuple(faults)


def _kills(count: int, rng: Random) -> Iterator[tuple[Kind, str]]:
    """Yield so many kills: one of each target first, so that few are enough to meet them all."""
    certain = (BROKER, SERVICE, WORKER)[:count]
    drawn = rng.choices(list(SHARES), weights=list(SHARES.values()), k=count - len(certain))
    yield from ((Kind.KILL, role) for role in (*certain, *drawn))


def _others(kills: int, rng: Random) -> Iterator[tuple[Kind, str]]:
    """Yield what comes beside the kills; a little of each even without any."""
    for kind, one_in in ((Kind.PAUSE, 4), (Kind.STOP, 8)):
        count = max(1, kills // one_in)
        yield from ((kind, role) for role in rng.choices(list(SHARES), list(SHARES.values()), k=count))
    for kind in (Kind.ADD, Kind.REMOVE):
        yield from ((kind, WORKER) for _ in range(max(1, kills // 8)))
    offset = rng.randrange(len(BAD_RECORDS))
    for number in range(max(len(BAD_RECORDS), kills // 2)):
        yield Kind.BAD_RECORD, BAD_RECORDS[(number + offset) % len(BAD_RECORDS)]


class _Roster:
    """Knows which target is there and left alone at a time, so that a schedule makes sense."""

    def __init__(self, workers: int, rng: Random) -> None:
        self._rng = rng
        self._present = set(worker_names(workers))
        self._busy_until: dict[str, float] = {}
        self._now_s = 0.0

    def can(self, at_s: float, kind: Kind, role: str) -> bool:
        """Return whether one of the role can take a fault at a time."""
        if kind is Kind.BAD_RECORD:
            return True
        now_s = max(self._now_s, at_s)
        among = self._movable(kind)[0] if kind in (Kind.ADD, Kind.REMOVE) else self._targets(role)
        return any(self._free_at(each) <= now_s for each in among)

    def place(self, at_s: float, kind: Kind, role: str) -> Fault:
        """Return a fault at this time, or as soon after it as one of the role can take it."""
        self._now_s = max(self._now_s, at_s)
        if kind is Kind.BAD_RECORD:
            return Fault(_rounded(self._now_s), kind, role)
        if kind in (Kind.ADD, Kind.REMOVE):
            return self._resize(kind)
        target = self._choose(self._targets(role))
        for_s = _rounded(self._rng.uniform(*LASTS_S[kind, role]))
        self._busy_until[target] = self._now_s + for_s + SETTLES_AFTER_S[role]
        return Fault(_rounded(self._now_s), kind, target, for_s)

    def _resize(self, kind: Kind) -> Fault:
        among, kind = self._movable(kind)
        target = self._choose(among)
        self._present ^= {target}
        self._busy_until[target] = self._now_s + SETTLES_AFTER_S[WORKER]
        return Fault(_rounded(self._now_s), kind, target)

    def _movable(self, kind: Kind) -> tuple[list[str], Kind]:
        """Return the workers to add or remove; when there is none left to add or remove, do the other."""
        absent = [each for each in worker_names(MOST_WORKERS) if each not in self._present]
        adding = (kind is Kind.ADD and absent) or len(self._present) == 1
        return (absent, Kind.ADD) if adding else (sorted(self._present), Kind.REMOVE)

    def _targets(self, role: str) -> list[str]:
        return sorted(self._present) if role == WORKER else [role]

    def _choose(self, among: list[str]) -> str:
        """Return one that is left alone now; wait for the first that will be when none is."""
        self._now_s = max(self._now_s, min(map(self._free_at, among)))
        return self._rng.choice([each for each in among if self._free_at(each) <= self._now_s])

    def _free_at(self, target: str) -> float:
        return self._busy_until.get(target, 0.0)


def _rounded(seconds: float) -> float:
    return round(seconds, 2)
