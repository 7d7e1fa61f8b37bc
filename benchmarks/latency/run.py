"""One run: what each contender can do, then each at each load."""

from collections.abc import Iterator

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from benchmarks.harness import contenders as field
from benchmarks.harness.comments import comments
from benchmarks.harness.contenders import Contender
from benchmarks.harness.lanes import Lane
from benchmarks.harness.load import Load
from benchmarks.harness.open_loop import bear
from benchmarks.harness.outputs import Observe, read
from benchmarks.harness.running import Ground, at_work
from benchmarks.harness.sending import write_bodies
from benchmarks.latency import table
from benchmarks.latency.figures import Measure, Times, keeps_up, quantiles
from benchmarks.latency.loads import Step, steps, title
from benchmarks.latency.options import Options
from benchmarks.throughput import figures
from benchmarks.throughput.maximum import Maxima
from modstream.console import progress, say
from streams.topics import Topics

SETTLES_S = 2.0
"""The beginning of each load, whose latencies do not count."""


class Bench:
    """Puts loads on contenders, on one ground."""

    def __init__(self, ground: Ground, options: Options) -> None:
        self._ground = ground
        self._options = options
        self._bodies = write_bodies(ground.stack.folder)
        self._maxima = Maxima(ground, options.mix)

    def measures(self) -> Iterator[Measure]:
        """Yield what was measured, contender by contender."""
        options = self._options
        for contender in field.chosen(options.only):
            maximum = options.maximum or self._maxima.of(contender)
            bearable = [*steps(options.rates, maximum)]
            for wanted in options.rates:
                if wanted not in [step.wanted for step in bearable]:
                    say(f"  {contender.name}: {title(wanted)} is left out: {table.why_not(maximum)}")
            for step in bearable:
                measure = self._measure(contender, step, maximum)
                say(table.one_line(measure))
                yield measure

    def _measure(self, contender: Contender, step: Step, maximum: float | None) -> Measure:
        options = self._options
        lane = Lane("bench-latency", self._ground.stack.cluster)
        lane.drop()
        lane.load(comments(options.mix, options.warm_up))
        load = Load(
            bootstrap=lane.cluster.bootstrap,
            topic=lane.topics.comments.name,
            per_s=step.per_s,
            seconds=SETTLES_S + options.seconds,
            mix=options.mix,
            bodies=self._bodies,
        )
        with (
            progress(f"{title(step.wanted)}: {contender.name}", load.count) as tell,
            at_work(self._ground, lane, contender, options.mix, load.count) as running,
        ):
            watched, sent = bear(self._ground, lane, running, load, options.warm_up, tell)
        times = Times()
        topics = lane.topics
        counted = read(lane, observer(topics, times), also=[topics.comments, topics.alerts]).counted()
        since_s = sent.began_s + SETTLES_S
        predictions = times.to_predictions(since_s)
        return Measure(
            contender=contender.name,
            mix=options.mix,
            wanted=step.wanted,
            per_s=step.per_s,
            maximum=maximum,
            comments=load.count,
            predictions=quantiles(predictions),
            alerts=quantiles(times.to_alerts(since_s)),
            keeps_up=keeps_up(predictions),
            cpu_us=figures.cpu_us([each for each in watched.samples if each.outputs > options.warm_up]),
            lost=counted.lost,
            repeated=counted.repeated + counted.strange,
            sent=sent,
        )


class _Comment(Struct):
    created_utc: float


class _Output(Struct):
    event_id: str


def observer(topics: Topics, times: Times) -> Observe:
    """Return what notes the times on the records of comments, predictions and alerts."""
    comment, output = msgspec.json.Decoder(_Comment).decode, msgspec.json.Decoder(_Output).decode

    def observe(record: ConsumerRecord) -> None:
        if record.topic == topics.comments.name:
            event_id = f"{record.topic}:{record.partition}:{record.offset}"
            times.due(event_id, comment(record.value).created_utc)
        elif record.topic == topics.predictions.name:
            times.predicted(output(record.value).event_id, record.timestamp)
        elif record.topic == topics.alerts.name:
            times.alerted(output(record.value).event_id, record.timestamp)

    return observe
