"""What `make bench` takes."""

from argparse import BooleanOptionalAction
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.arguments import add_model, add_results, at_least, parser_of
from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import NAMES
from benchmarks.harness.grounds import SERVICE_WORKERS

DESCRIPTION = """Measure the pipeline beside its peers, in one run on a Kafka of its own.

Comments are put on a topic with four partitions; then the contenders take
turns, in rounds, each in a new consumer group with empty topics of outputs
and, where it asks one, a model service that has seen no text yet. Comments
a second are those from the end of the first burst of outputs to the last
output, by the broker's clock; CPU time is that of worker, service and broker apart, children included.
Every output is read back and counted against the comments.
"""

EXAMPLES = f"""contenders:
  {", ".join(NAMES[:7])},
  {", ".join(NAMES[7:])}

examples:
  make bench                                                 all of it: an hour or more
  make bench REPORT=bench.json                               ... with bench.json and bench.png
  make bench ARGS='--comments 100000 --rounds 1 --mix seen --no-oversized'   a first look, ten minutes
  make bench ARGS='--only ours bytewax-batches bare --model talk'
  make bench ARGS='--rounds 0 --oversized'                   only what a refused output does
"""


@dataclass(frozen=True)
class Options:
    """What to measure, and where the results go."""

    comments: int
    rounds: int
    only: Sequence[str]
    mixes: Sequence[Mix]
    model: Path | None
    """Folder of the bundle; None: the talk's recipe, trained on the spot."""
    oversized: bool
    warm_up: int
    """Comments of the warm-up, 0 for none."""
    service_workers: int
    json: Path | None
    picture: Path | None
    keep: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return the options of a command line; ends the program with a sentence when they make no sense."""
    parser = parser_of("make bench", DESCRIPTION, EXAMPLES)
    parser.add_argument("--comments", type=at_least(1), default=200_000, metavar="N", help="200000")
    parser.add_argument(
        "--rounds", type=at_least(0), default=3, metavar="N", help="3; medians of them are shown"
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these contenders alone")
    parser.add_argument(
        "--mix", nargs="+", type=Mix, choices=list(Mix), default=list(Mix), help="which texts: both"
    )
    add_model(parser)
    parser.add_argument(
        "--oversized",
        action=BooleanOptionalAction,
        help="what happens when the broker refuses an output; unless --only names contenders",
    )
    parser.add_argument(
        "--warm-up", type=at_least(0), default=5_000, metavar="N", help="comments that do not count: 5000"
    )
    parser.add_argument(
        "--service-workers",
        type=at_least(1),
        default=SERVICE_WORKERS,
        metavar="N",
        help=f"processes of the service: {SERVICE_WORKERS}",
    )
    add_results(parser)
    found = parser.parse_args(arguments)
    return Options(
        comments=found.comments,
        rounds=found.rounds,
        only=found.only,
        mixes=[each for each in Mix if each in found.mix],
        model=found.model,
        oversized=not found.only if found.oversized is None else found.oversized,
        warm_up=found.warm_up if found.rounds else 0,
        service_workers=found.service_workers,
        json=found.json,
        picture=found.picture or (found.json.with_suffix(".png") if found.json else None),
        keep=found.keep,
    )
