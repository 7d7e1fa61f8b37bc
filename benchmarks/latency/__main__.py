"""`make bench-latency`, or `python -m benchmarks.latency`."""

import sys

from msgspec import Struct

from benchmarks.harness import contenders, results
from benchmarks.harness.command import told
from benchmarks.harness.grounds import Conditions, prepared
from benchmarks.latency import table
from benchmarks.latency.figures import Measure
from benchmarks.latency.options import Options, parse
from benchmarks.latency.picture import draw
from benchmarks.latency.run import Bench
from modstream.console import say


class Report(Struct, frozen=True, kw_only=True):
    """What was measured, on what."""

    conditions: Conditions
    seconds: float
    warm_up: int
    measures: list[Measure]


def main() -> int:
    """Parse, measure, tell; return the exit status."""
    options = parse()
    return told("bench-latency", lambda: _bench(options))


def _bench(options: Options) -> int:
    contenders.chosen(options.only)  # a wrong name is told before anything is started
    contenders.require_peers()  # the sender runs there too
    results.require_writable(options.json, options.picture)
    with prepared(options.model, options.service_workers, keep=options.keep) as (ground, conditions):
        measures = [*Bench(ground, options).measures()]
    title = f"{options.seconds:g} s at each load; {conditions}"
    say(f"\n{title}")
    for line in table.lines(measures):
        say(line)
    if options.json:
        results.write_json(
            Report(
                conditions=conditions, seconds=options.seconds, warm_up=options.warm_up, measures=measures
            ),
            options.json,
        )
    if options.picture and measures:
        options.picture.write_bytes(draw(measures, title, results.form(options.picture)))
    results.tell_written(options.json, options.picture if measures else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
