"""`make bench-scaling`, or `python -m benchmarks.scaling`."""

import sys

from msgspec import Struct

from benchmarks.harness import contenders, results
from benchmarks.harness.command import told
from benchmarks.harness.contenders import TITLES
from benchmarks.harness.grounds import Conditions, prepared
from benchmarks.scaling import figures, picture, table
from benchmarks.scaling.figures import Growth, Measure, Row
from benchmarks.scaling.memory import Soak
from benchmarks.scaling.options import Options, parse
from benchmarks.scaling.run import Bench
from benchmarks.scaling.soak import soaked
from modstream.console import say


class Report(Struct, frozen=True, kw_only=True):
    """What was measured, on what."""

    conditions: Conditions
    contender: str
    rows: list[Row]
    growths: list[Growth]
    measures: list[Measure]


class SoakReport(Struct, frozen=True, kw_only=True):
    """What a soak showed, on what."""

    conditions: Conditions
    soak: Soak


def main() -> int:
    """Parse, measure, tell; return the exit status."""
    options = parse()
    return told("bench-scaling", lambda: _soak(options) if options.soak_minutes else _series(options))


def _series(options: Options) -> int:
    results.require_writable(options.json, options.picture)
    with prepared(options.model, keep=options.keep) as (ground, conditions):
        measures = [*Bench(ground, options).measures()]
    rows, growths = figures.rows(measures), figures.growths(measures)
    title = f"{TITLES[options.contender]}; {conditions}"
    say(f"\n{title}")
    for line in table.lines(rows, growths):
        say(line)
    if options.json:
        results.write_json(
            Report(
                conditions=conditions,
                contender=options.contender,
                rows=rows,
                growths=growths,
                measures=measures,
            ),
            options.json,
        )
    if options.picture:
        options.picture.write_bytes(picture.draw(rows, growths, title, results.form(options.picture)))
    results.tell_written(options.json, options.picture)
    return 0


def _soak(options: Options) -> int:
    assert options.soak_minutes is not None, "it is asked for"
    contenders.require_peers()  # the sender runs in their environment
    results.require_writable(options.json, options.picture)
    with prepared(options.model, keep=options.keep) as (ground, conditions):
        soak = soaked(ground, options, options.soak_minutes)
    title = f"{TITLES[options.contender]}; {soak.per_s:,.0f} comments/s; {conditions}"
    say(f"\n{title}")
    for line in table.soak_lines(soak):
        say(line)
    if options.json:
        results.write_json(SoakReport(conditions=conditions, soak=soak), options.json)
    if options.picture:
        options.picture.write_bytes(picture.draw_soak(soak, title, results.form(options.picture)))
    results.tell_written(options.json, options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
