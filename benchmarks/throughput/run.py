"""One run: lanes, turns, figures."""

import json
from collections.abc import Callable, Sequence

from benchmarks.harness import contenders as field
from benchmarks.harness.backlog import work_off
from benchmarks.harness.comments import Mix, comments, texts
from benchmarks.harness.contenders import Contender
from benchmarks.harness.errors import NoOutputError
from benchmarks.harness.lanes import Lane
from benchmarks.harness.running import WORKER, Ground, at_work
from benchmarks.harness.watching import End, Sample, watch
from benchmarks.throughput import figures, oversized, table
from benchmarks.throughput.figures import MICRO, Measure
from benchmarks.throughput.options import Options
from benchmarks.throughput.oversized import Seen
from benchmarks.throughput.schedule import WARM_UP, Turn, turns
from modstream.console import progress, say


class Bench:
    """Takes the turns of a schedule on one ground."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self._ground = ground
        self._options = options
        self._contenders = {each.name: each for each in field.chosen(options.only)}
        self._lanes: dict[tuple[Mix, int], Lane] = {}

    def measures(self) -> list[Measure]:
        """Return what was measured in each round, without the warm-up."""
        options = self._options
        found = []
        everywhere = [each.name for each in self._contenders.values() if each.without_kafka]
        schedule = turns(
            list(self._contenders),
            options.mixes,
            options.rounds,
            warm_up=bool(options.warm_up),
            everywhere=everywhere,
        )
        for turn in schedule:
            measure = self._measure(turn, self._contenders[turn.contender])
            if turn.round is not WARM_UP:
                found.append(measure)
                say(_told(measure))
        return found

    def refused(self) -> list[Seen]:
        """Return what each contender does when the broker refuses an output."""
        found = []
        for contender in self._contenders.values():
            if not contender.without_kafka and not contender.more_of:
                say(f"a refused output: {contender.name}")
                found.append(oversized.tried(self._ground, contender))
                say(f"  {contender.name}: {found[-1].behaviour}")
        return found

    def _measure(self, turn: Turn, contender: Contender) -> Measure:
        count = self._options.comments
        if turn.round is WARM_UP:
            count = min(count, self._options.warm_up)
        count = min(count, contender.most or count)
        name = (
            "warm-up"
            if turn.round is WARM_UP
            else f"round {turn.round} of {self._options.rounds}, {turn.mix}"
        )
        with progress(f"{name}: {contender.name}", count) as tell:
            try:
                if contender.without_kafka:
                    return self._alone(turn, contender, count)
                return self._on_kafka(turn, contender, count, tell)
            except NoOutputError as error:  # the others' turns are not in vain
                say(f"  {error}")
                return _nothing(turn, count)

    def _on_kafka(self, turn: Turn, contender: Contender, count: int, tell: Callable[[int], None]) -> Measure:
        worked = work_off(self._ground, self._lane(turn.mix, count), contender, turn.mix, count, tell)
        enough = figures.is_long_enough(worked.samples)
        counted = worked.counted
        return Measure(
            contender=contender.name,
            mix=turn.mix,
            round=turn.round,
            comments=count,
            comments_per_s=figures.rate(counted.appended) if enough else None,
            cpu_us=figures.cpu_us(worked.samples) if enough else {},
            memory_mib=figures.memory_mib(worked.samples),
            done=counted.predicted + counted.dead_lettered,
            lost=counted.lost,
            repeated=counted.repeated,
            strange=counted.strange,
            end=worked.end,
        )

    def _alone(self, turn: Turn, contender: Contender, count: int) -> Measure:
        """Measure one that tells itself how long it took."""
        lane = self._lane(turn.mix, count)
        with at_work(self._ground, lane, contender, turn.mix, count) as running:
            before = running.process.log.stat().st_size
            families = {WORKER: running.families[WORKER]}
            samples: Sequence[Sample] = watch(lambda: 0, 1, families, running.is_running).samples
            status = running.process.wait(0)
            said = running.process.log.read_bytes()[before:].decode(errors="replace").splitlines()
        if status != 0 or not said:
            raise NoOutputError(contender.name, f"ended with status {status}", running.process.log)
        took = json.loads(said[-1])
        return Measure(
            contender=contender.name,
            mix=turn.mix,
            round=turn.round,
            comments=count,
            comments_per_s=took["comments"] / took["seconds"],
            cpu_us={WORKER: MICRO * took["cpu_s"] / took["comments"]},
            memory_mib=figures.memory_mib(samples),
            done=took["comments"],
            lost=count - took["comments"],
            repeated=0,
            strange=0,
            end=End.DONE,
        )

    def _lane(self, mix: Mix, count: int) -> Lane:
        """Return the lane with so many comments of a mix, loaded when it is first asked for."""
        if (mix, count) not in self._lanes:
            lane = Lane(f"bench-{mix}-{count}", self._ground.stack.cluster)
            say(f"loading {count:,} comments ({mix}; {texts().kind})")
            lane.load(comments(mix, count))
            self._lanes[mix, count] = lane
        return self._lanes[mix, count]


def _nothing(turn: Turn, count: int) -> Measure:
    """Return the measure of one that gave no output for so many comments."""
    return Measure(
        contender=turn.contender,
        mix=turn.mix,
        round=turn.round,
        comments=count,
        comments_per_s=None,
        cpu_us={},
        memory_mib={},
        done=0,
        lost=count,
        repeated=0,
        strange=0,
        end=End.ENDED,
    )


def _told(measure: Measure) -> str:
    row = figures.rows([measure])[0]
    return table.one_line(measure.contender, measure.cpu_us, measure.comments_per_s, table.outputs(row))
