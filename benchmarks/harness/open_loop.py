"""A contender under a load that does not wait for it."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.harness.errors import NoOutputError
from benchmarks.harness.lanes import Lane
from benchmarks.harness.load import Load, Sent
from benchmarks.harness.running import Ground, Running
from benchmarks.harness.sending import Sending
from benchmarks.harness.watching import EVERY_S, End, EndOffsets, Watched, watch


class Borne(NamedTuple):
    """What was seen of a contender under a load."""

    watched: Watched
    sent: Sent


def bear(
    ground: Ground,
    lane: Lane,
    running: Running,
    load: Load,
    warm_up: int,
    tell: Callable[[int], None],
    every_s: float = EVERY_S,
) -> Borne:
    """Put a load on a contender that has been started, and watch until all its outputs are there.

    1. It works off what lies on the lane, so it has its partitions and has seen some texts; 2. the load
    begins; 3. the sender says whether it kept to its times.

    Args:
        ground: What it runs on.
        lane: Its topics.
        running: The contender.
        load: What is sent, and when.
        warm_up: How many comments lie on the lane.
        tell: Called with each further number of outputs of the load.
        every_s: Pause between two looks, in seconds.

    Raises:
        NoOutputError: If it does not get through the warm-up, or the sender fails.
    """
    topics = lane.topics
    with EndOffsets(lane.cluster, [topics.predictions, topics.dead_letters]) as outputs:
        end = watch(outputs, warm_up, {}, running.is_running).end  # 1.
        if end is not End.DONE:
            raise NoOutputError(
                running.contender.name, f"did not get through the warm-up ({end})", running.process.log
            )
        told = warm_up

        def tell_of_load(more: int) -> None:
            nonlocal told
            tell(more - told)
            told = 0  # the first look found those of the warm-up

        with Sending(load, ground.stack.new_folder("sender")) as sending:  # 2.

            def is_well() -> bool:
                return running.is_running() and sending.is_well()

            wanted = warm_up + load.count
            watched = watch(outputs, wanted, running.families, is_well, tell_of_load, every_s=every_s)
            if not running.is_running():
                raise NoOutputError(running.contender.name, "ended under the load", running.process.log)
            return Borne(watched, sending.sent())  # 3.
