"""`make bench`, or `python -m benchmarks.throughput`."""

import sys

from benchmarks.harness import contenders
from benchmarks.harness.comments import texts
from benchmarks.harness.running import Ground
from benchmarks.harness.stack import Stack
from benchmarks.throughput import figures, report, table
from benchmarks.throughput.options import Options, parse
from benchmarks.throughput.report import Report
from benchmarks.throughput.run import Bench, trained
from model_service.bundle import load_bundle
from model_service.errors import ModelServiceError
from modstream.commands.stopping import SIGNALLED, interrupted_once
from modstream.console import err, say
from modstream.errors import ModstreamError
from modstream.settings import DoorSettings
from training.errors import TrainingError


def main() -> int:
    """Parse, measure, tell; return the exit status."""
    options = parse()
    with interrupted_once() as came:
        try:
            _bench(options)
        except KeyboardInterrupt:
            err.print("bench: stopped before its end; nothing of it is left running", markup=False)
            return SIGNALLED + came[0] if came else 1
        except (ModstreamError, ModelServiceError, TrainingError) as error:
            err.print(f"bench: {error}", markup=False)
            return getattr(error, "exit_code", 1)
    return 0


def _bench(options: Options) -> None:
    contenders.require_installed(contenders.chosen(options.only))
    report.require_writable(options.json, options.picture)
    if options.model:
        load_bundle(options.model)  # one that cannot be used is told before anything is started
    with Stack(DoorSettings(), keep=options.keep) as stack:
        model = options.model or trained(stack.folder)
        bundle = load_bundle(model)
        bench = Bench(Ground(stack, model, options.service_workers), options)
        measures = bench.measures()
        seen = bench.refused() if options.oversized else []
    cores, python = report.machine()
    found = Report(
        comments=texts().kind,
        model_version=bundle.model_version,
        recipe=bundle.manifest.recipe,
        cores=cores,
        python=python,
        libraries=report.libraries(),
        service_workers=options.service_workers,
        rows=figures.rows(measures),
        measures=measures,
        oversized=seen,
    )
    title = (
        f"{options.comments:,} comments, {_rounds(options.rounds)}, recipe {found.recipe} "
        f"({found.model_version[:8]}), {cores} cores with the broker and all else on them"
    )
    say(f"\n{found.comments}; {title}")
    for line in table.lines(found.rows, found.oversized):
        say(line)
    for path in report.write(found, title, options.json, options.picture):
        say(f"\nwritten: {path}")


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"medians of {number} rounds"


if __name__ == "__main__":
    sys.exit(main())
