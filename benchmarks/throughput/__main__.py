"""`make bench`, or `python -m benchmarks.throughput`."""

import sys

import msgspec

from benchmarks.harness import contenders, results
from benchmarks.harness.command import told
from benchmarks.harness.grounds import prepared
from benchmarks.throughput import figures, report, table
from benchmarks.throughput.options import Options, parse
from benchmarks.throughput.report import Report
from benchmarks.throughput.run import Bench
from modstream.console import say


def main() -> int:
    """Parse, measure, tell; return the exit status."""
    options = parse()
    return told("bench", lambda: _bench(options))


def _bench(options: Options) -> int:
    contenders.require_installed(contenders.chosen(options.only))
    results.require_writable(options.json, options.picture)
    with prepared(options.model, options.service_workers, keep=options.keep) as (ground, conditions):
        bench = Bench(ground, options)
        measures = bench.measures()
        seen = bench.refused() if options.oversized else []
    found = Report(
        **msgspec.structs.asdict(conditions),
        rows=figures.rows(measures),
        measures=measures,
        oversized=seen,
    )
    title = (
        f"{options.comments:,} comments, {_rounds(options.rounds)}, recipe {found.recipe} "
        f"({found.model_version[:8]}), {found.cores} cores with the broker and all else on them"
    )
    say(f"\n{found.comments}; {title}")
    for line in table.lines(found.rows, found.oversized):
        say(line)
    for path in report.write(found, title, options.json, options.picture):
        say(f"\nwritten: {path}")
    return 0


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"medians of {number} rounds"


if __name__ == "__main__":
    sys.exit(main())
