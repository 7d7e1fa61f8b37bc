"""One run of the series: lanes, turns, figures."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import structs

from benchmarks.harness import contenders as field
from benchmarks.harness.backlog import work_off
from benchmarks.harness.comments import SUBREDDITS, BenchComment, Mix, comments, texts
from benchmarks.harness.errors import NoOutputError
from benchmarks.harness.lanes import Lane
from benchmarks.harness.outputs import Counted, read
from benchmarks.harness.running import Ground, Running, at_work
from benchmarks.harness.watching import EndOffsets, Sample, watch
from benchmarks.scaling import series, table
from benchmarks.scaling.figures import Measure, was_seen
from benchmarks.scaling.options import Options
from benchmarks.scaling.series import SERIES, Name, Point, Turn, body_of
from benchmarks.throughput import figures
from modstream.console import progress, say
from modstream.kafka_admin import connect

LOOKS = 200
"""A backlog is looked at about so often."""
FASTEST_PER_S = 20_000
"""Comments a second that a look assumes."""
LEAST_PAUSE_S, MOST_PAUSE_S = 0.05, 0.25

BODIES = 500
"""Different texts of one length."""

JOINED_WITHIN_S = 60.0
LOOKS_AT_GROUP_EVERY_S = 0.25


class Bench:
    """Takes the turns of all series on one ground."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self._ground = ground
        self._options = options
        (self._contender,) = field.chosen([options.contender])
        self._lanes: dict[Point, Lane] = {}

    def measures(self) -> Iterator[Measure]:
        """Yield what was measured, series by series."""
        options = self._options
        chosen = [each for each in SERIES if each.name in options.only]
        for turn in series.turns(chosen, options.repetitions, options.comments, full=options.full):
            measure = self._measure(turn)
            say(table.one_line(measure))
            yield measure

    def _measure(self, turn: Turn) -> Measure:
        point = turn.point
        name = f"{point.series} {point.value:,}, {turn.repetition} of {self._options.repetitions}"
        count = point.total
        with progress(name, count) as tell:
            if point.series is Name.WORKERS:
                samples, counted = self._together(point, tell)
            else:
                worked = work_off(
                    self._ground,
                    self._lane(point),
                    self._contender,
                    self._options.mix,
                    count,
                    tell,
                    every_s=pause_s(count),
                    settings=point.settings,
                )
                samples, counted = worked.samples, worked.counted
        samples = counting(samples, point)
        return Measure(
            series=point.series,
            value=point.value,
            repetition=turn.repetition,
            comments=point.comments,
            cpu_us=figures.cpu_us(samples) if was_seen(samples) else {},
            lost=counted.lost,
        )

    def _together(self, point: Point, tell: Callable[[int], None]) -> tuple[Sequence[Sample], Counted]:
        """Have several workers begin at the same time.

        1. They join while there is no comment; 2. they stand still while the backlog is put there; else the
        first of them would have most of it done before the last has started, and the starts would be counted.
        """
        lane = Lane("bench-workers", self._ground.stack.cluster, point.partitions)
        lane.drop()
        lane.load([])
        topics, mix, count = lane.topics, self._options.mix, point.total
        with (
            at_work(self._ground, lane, self._contender, mix, count, workers=point.workers) as running,
            EndOffsets(lane.cluster, [topics.predictions, topics.dead_letters]) as outputs,
        ):
            _wait_until_joined(running, lane, point.workers)  # 1.
            with running.held():  # 2.
                lane.load(drawn(point, mix))
            watched = watch(
                outputs,
                count,
                running.families,
                running.is_running,
                tell,
                every_s=pause_s(count),
            )
            log = running.process.log
        if not watched.samples[-1].outputs:
            raise NoOutputError(self._contender.name, f"gave no output ({watched.end})", log)
        return watched.samples, read(lane).counted()

    def _lane(self, point: Point) -> Lane:
        """Return the lane with a point's comments, loaded when it is first asked for."""
        if point not in self._lanes:
            lane = Lane(f"bench-{point.series}-{point.value}", self._ground.stack.cluster, point.partitions)
            lane.load(drawn(point, self._options.mix))
            self._lanes[point] = lane
        return self._lanes[point]


def drawn(point: Point, mix: Mix) -> Iterable[BenchComment]:
    """Return the comments of a point, with those before and after that do not count."""
    bodies = texts().bodies
    if point.body is not None:
        bodies = [body_of(bodies, point.body, 7 * number) for number in range(BODIES)]
    names = SUBREDDITS if point.subreddits is None else series.names(point.subreddits)
    return comments(mix, point.total, bodies, names)


def counting(samples: Iterable[Sample], point: Point) -> list[Sample]:
    """Return what was seen while those outputs came that count; of the outputs, only these."""
    found: list[Sample] = []
    for each in samples:
        if each.outputs >= point.warm_up:
            found.append(structs.replace(each, outputs=each.outputs - point.warm_up))
            if found[-1].outputs >= point.comments:
                break
    return found


def pause_s(count: int) -> float:
    """Return the pause between two looks at a backlog, in seconds: small ones need close looks."""
    return min(MOST_PAUSE_S, max(LEAST_PAUSE_S, count / FASTEST_PER_S / LOOKS))


def _wait_until_joined(running: Running, lane: Lane, workers: int) -> None:
    """Return when all workers know their partitions."""
    group = running.environment["MOD_TOPIC_PREFIX"] + running.environment["MOD_GROUP_ID"]
    deadline_s = time.monotonic() + JOINED_WITHIN_S
    with connect(lane.cluster) as admin:
        while running.is_running() and time.monotonic() < deadline_s:
            if admin.stable_members(group) == workers:
                return
            time.sleep(LOOKS_AT_GROUP_EVERY_S)
    raise NoOutputError(running.contender.name, f"did not start with {workers} workers", running.process.log)
