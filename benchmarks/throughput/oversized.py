"""What a contender does when the broker refuses a single output because it is too large."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from benchmarks.harness.comments import BenchComment, Mix, comments
from benchmarks.harness.contenders import Contender
from benchmarks.harness.lanes import PARTITIONS, Lane
from benchmarks.harness.outputs import Tally, read
from benchmarks.harness.running import Ground, Running, at_work
from benchmarks.harness.watching import End, EndOffsets, watch
from streams.key_hash import partition_of

LIMIT_BYTES = 150_000
"""What the topics of outputs take; the others' outputs do not reach it even all together."""

EARLIER, LATER = 300, 200
"""Ordinary comments around the large one, and those that come when its fate is sealed."""

SHORT = 100
"""Characters of an ordinary comment, at the most."""
OVERSIZED = "word " * 40_000
OVERSIZED_ID = "oversized"
STALLED_AFTER_S = 20.0
TRIES = 2
"""How often a contender is started."""


class Behaviour(StrEnum):
    """What was seen, in words."""

    PARKED = "dead-letters it and goes on"
    LOST_ALONE = "goes on and loses it, without a word"
    LOST_MORE = "goes on and loses it and others, without a word"
    STOPPED = "stops; started again, it does not get past it"
    RECOVERED = "stops; started again, it goes on without it"
    BLOCKED = "keeps running and stays blocked"
    PUBLISHED = "has it published: the broker did not refuse it"


class Facts(NamedTuple):
    """What there is to judge by."""

    published: bool
    """Whether the large comment has a prediction."""
    parked: bool
    """Whether it is a dead letter."""
    earlier_done: int
    """Ordinary comments around it with an output."""
    later_done: int
    """Ordinary comments that came later with an output."""
    stops: int
    """How many times the process ended by itself."""


class Seen(Struct, frozen=True, kw_only=True):
    """One contender's reaction."""

    contender: str
    behaviour: Behaviour
    others: int
    """Ordinary comments."""
    others_done: int
    """Those with an output."""


def behaviour(facts: Facts) -> Behaviour:
    """Return what to call a reaction."""
    if facts.published:
        return Behaviour.PUBLISHED
    if facts.later_done < LATER:
        return Behaviour.STOPPED if facts.stops else Behaviour.BLOCKED
    if facts.earlier_done < EARLIER:
        return Behaviour.LOST_MORE
    if facts.parked:
        return Behaviour.PARKED
    return Behaviour.RECOVERED if facts.stops else Behaviour.LOST_ALONE


def earlier() -> Iterator[BenchComment]:
    """Yield ordinary comments with one in their midst whose outputs are too large."""
    for number, each in enumerate(_ordinary(EARLIER)):
        if number == EARLIER // 2:
            yield BenchComment(OVERSIZED_ID, OVERSIZED, each.subreddit, each.created_utc)
        yield each


def later() -> Iterator[BenchComment]:
    """Yield the ordinary comments that come after it."""
    return islice(_ordinary(EARLIER + LATER), EARLIER, None)


def _ordinary(count: int) -> Iterator[BenchComment]:
    for each in comments(Mix.SEEN, count):
        yield BenchComment(each.id, each.body[:SHORT], each.subreddit, each.created_utc)


def places(topic: str, sent: Iterable[BenchComment]) -> dict[str, str]:
    """Return the event id that each comment gets, by its id, when they are sent to an empty topic."""
    held = [0] * PARTITIONS
    found = {}
    for each in sent:
        partition = partition_of(each.id.encode(), PARTITIONS)
        found[each.id] = f"{topic}:{partition}:{held[partition]}"
        held[partition] += 1
    return found


def tried(ground: Ground, contender: Contender) -> Seen:
    """Return what a contender does with the large comment, and with what comes later.

    If its process ends it is started again, once.
    """
    lane = Lane(
        "bench-oversized", ground.stack.cluster, outputs_config={"max.message.bytes": str(LIMIT_BYTES)}
    )
    lane.drop()
    lane.load(earlier())
    topics = lane.topics
    with (
        at_work(ground, lane, contender, Mix.SEEN, EARLIER + 1) as running,
        EndOffsets(lane.cluster, [topics.predictions, topics.dead_letters]) as outputs,
    ):
        stops = _stops(running, outputs, EARLIER + 1)
        lane.load(later())
        if running.is_running():
            watch(outputs, outputs() + LATER, {}, running.is_running, stalled_after_s=STALLED_AFTER_S)
        facts = _facts(read(lane), topics.comments.name, stops)
    return Seen(
        contender=contender.name,
        behaviour=behaviour(facts),
        others=EARLIER + LATER,
        others_done=facts.earlier_done + facts.later_done,
    )


def _stops(running: Running, outputs: Callable[[], int], wanted: int) -> int:
    """Return how many times the process ended, with another try in between; it has settled then."""
    for stops in range(TRIES):
        if (
            watch(outputs, wanted, {}, running.is_running, stalled_after_s=STALLED_AFTER_S).end
            is not End.ENDED
        ):
            return stops
        if stops + 1 < TRIES:
            running.restart()
    return TRIES


def _facts(tally: Tally, topic: str, stops: int) -> Facts:
    where = places(topic, [*earlier(), *later()])
    ordinary = [each.id for each in later()]
    large = where.pop(OVERSIZED_ID)
    later_done = sum(_is_done(tally, where.pop(name)) for name in ordinary)
    return Facts(
        published=tally.is_predicted(large),
        parked=tally.is_dead_lettered(large),
        earlier_done=sum(_is_done(tally, each) for each in where.values()),
        later_done=later_done,
        stops=stops,
    )


def _is_done(tally: Tally, where: str) -> bool:
    return tally.is_predicted(where) or tally.is_dead_lettered(where)
