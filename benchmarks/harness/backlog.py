"""One contender works off the comments that lie on a lane."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import Contender
from benchmarks.harness.errors import NoOutputError
from benchmarks.harness.lanes import Lane
from benchmarks.harness.outputs import Counted, read
from benchmarks.harness.running import Ground, at_work
from benchmarks.harness.watching import EVERY_S, End, EndOffsets, Sample, watch


class Worked(NamedTuple):
    """What was seen of it."""

    samples: Sequence[Sample]
    end: End
    counted: Counted


def work_off(
    ground: Ground,
    lane: Lane,
    contender: Contender,
    mix: Mix,
    count: int,
    tell: Callable[[int], None],
    *,
    every_s: float = EVERY_S,
    settings: Mapping[str, str] | None = None,
) -> Worked:
    """Return what was seen of a contender from its start to its last output, all outputs counted.

    Args:
        ground: What it runs on.
        lane: Its topics; the comments are there.
        contender: Who.
        mix: Which comments they are.
        count: How many.
        tell: Called with each further number of outputs.
        every_s: Pause between two looks, in seconds.
        settings: Environment variables beyond those that the contender has from its job.

    Raises:
        NoOutputError: If it gave none.
    """
    topics = lane.topics
    with (
        at_work(ground, lane, contender, mix, count, settings=settings) as running,
        EndOffsets(lane.cluster, [topics.predictions, topics.dead_letters]) as outputs,
    ):
        watched = watch(outputs, count, running.families, running.is_running, tell, every_s=every_s)
        log = running.process.log
    if not watched.samples[-1].outputs:
        raise NoOutputError(contender.name, f"gave no output ({watched.end})", log)
    return Worked(watched.samples, watched.end, read(lane).counted())
