"""A long time under half of the maximum, with memory sampled each second."""

from benchmarks.harness import contenders as field
from benchmarks.harness.comments import comments
from benchmarks.harness.errors import TooShortError
from benchmarks.harness.lanes import Lane
from benchmarks.harness.load import Load
from benchmarks.harness.open_loop import bear
from benchmarks.harness.running import SERVICE, WORKER, Ground, at_work
from benchmarks.harness.sending import write_bodies
from benchmarks.scaling.memory import MINUTE_S, Soak, slope, traces
from benchmarks.scaling.options import Options
from benchmarks.throughput.maximum import BACKLOG, Maxima
from modstream.console import progress, say

EVERY_S = 1.0
WARM_UP = 5_000
"""Comments before the load."""

WARM_UP_SHARE, WARM_UP_MINUTES = 0.25, 2.0
"""Of the time under load, and at the most, before memory is judged: caches fill, the allocator settles."""

PARTS = (WORKER, SERVICE)

SHORT_LIVED = {"retention.ms": str(60_000), "segment.bytes": str(64 * 1024 * 1024)}
"""Ten minutes of comments and their outputs are many gigabytes."""


def warm_up_minutes(minutes: float) -> float:
    """Return how much of a soak does not count."""
    return min(WARM_UP_MINUTES, WARM_UP_SHARE * minutes)


def soaked(ground: Ground, options: Options, minutes: float) -> Soak:
    """Return what the memory of ours did under a load of some minutes."""
    (contender,) = field.chosen([options.contender])
    maximum = options.maximum or Maxima(ground, options.mix).of(contender)
    if maximum is None:
        raise TooShortError(contender.name, BACKLOG)
    lane = Lane("bench-soak", ground.stack.cluster, comments_config=SHORT_LIVED, outputs_config=SHORT_LIVED)
    lane.load(comments(options.mix, WARM_UP))
    load = Load(
        bootstrap=lane.cluster.bootstrap,
        topic=lane.topics.comments.name,
        per_s=maximum / 2,
        seconds=minutes * MINUTE_S,
        mix=options.mix,
        bodies=write_bodies(ground.stack.folder),
    )
    say(f"{minutes:g} minutes of {load.per_s:,.0f} comments/s for {contender.name}")
    with (
        progress("soak", load.count, every_s=MINUTE_S) as tell,
        at_work(ground, lane, contender, options.mix, load.count) as running,
    ):
        watched, sent = bear(ground, lane, running, load, WARM_UP, tell, EVERY_S)
    under_load = [each for each in watched.samples if each.outputs > WARM_UP]
    found = traces(under_load, PARTS)
    begins = warm_up_minutes(minutes)
    slopes = {part: slope(trace, begins) for part, trace in found.items()}
    return Soak(
        contender=contender.name,
        per_s=load.per_s,
        minutes=minutes,
        warm_up_minutes=begins,
        comments=load.count,
        outputs=watched.samples[-1].outputs - WARM_UP,
        sent=sent,
        traces=found,
        slopes={part: each for part, each in slopes.items() if each is not None},
    )
