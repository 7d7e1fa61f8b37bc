"""`make bench-quick`, or `python -m benchmarks.quick`."""

import sys

from msgspec import Struct

from benchmarks.harness import contenders, results
from benchmarks.harness.command import told
from benchmarks.harness.comments import Mix
from benchmarks.harness.errors import TooShortError
from benchmarks.harness.grounds import SERVICE_WORKERS, Conditions, prepared
from benchmarks.quick import expected, table
from benchmarks.quick.expected import COMMITTED, Change, Expected, compared
from benchmarks.quick.options import Options, parse
from benchmarks.quick.ratios import ratios
from benchmarks.throughput.figures import LIMIT, Measure
from benchmarks.throughput.options import Options as Throughput
from benchmarks.throughput.run import Bench
from model_service.settings import BASELINE
from modstream.console import say

CONTENDERS = ("ours-rest", "ours", LIMIT)


class Report(Struct, frozen=True, kw_only=True):
    """What was measured, and what changed."""

    conditions: Conditions
    measures: list[Measure]
    changes: list[Change]


def main() -> int:
    """Parse, measure, compare; return the exit status."""
    options = parse()
    return told("bench-quick", lambda: _bench(options))


def _bench(options: Options) -> int:
    contenders.require_installed(contenders.chosen(CONTENDERS))
    results.require_writable(options.json, COMMITTED if options.update else None)
    committed = expected.read()
    if not options.update:
        expected.require(committed)
    with prepared(BASELINE, keep=options.keep) as (ground, conditions):
        measures = Bench(ground, _of_throughput(options)).measures()
    for each in measures:
        if each.comments_per_s is None:
            raise TooShortError(each.contender, each.comments)
    found = ratios(measures)
    changes = compared(committed.figures, found)
    say(f"\n{options.comments:,} comments, rounds: {options.rounds}; {conditions}")
    for line in (
        *table.lines(changes),
        *table.remarks(committed, conditions.model_version, conditions.cores, measures),
    ):
        say(line)
    if options.json:
        results.write_json(Report(conditions=conditions, measures=measures, changes=changes), options.json)
    if options.update:
        expected.require_worth(found, measures)
        expected.write(
            Expected(
                model_version=conditions.model_version,
                cores=conditions.cores,
                comments=options.comments,
                rounds=options.rounds,
                figures=expected.figures(found),
            )
        )
    results.tell_written(options.json, COMMITTED if options.update else None)
    return int(table.is_worse(changes, measures) and not options.update)


def _of_throughput(options: Options) -> Throughput:
    """Return the same as options of `make bench`, whose turns these are."""
    return Throughput(
        comments=options.comments,
        rounds=options.rounds,
        only=CONTENDERS,
        mixes=[Mix.SEEN],
        model=BASELINE,
        oversized=False,
        warm_up=0,
        service_workers=SERVICE_WORKERS,
        json=None,
        picture=None,
        keep=options.keep,
    )


if __name__ == "__main__":
    sys.exit(main())
