"""What `make bench-quick` takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.arguments import at_least, parser_of

ROUNDS, ROUNDS_OF_UPDATE = 1, 5
LEAST_OF_UPDATE = 3
"""Fewer do not say how far rounds differ."""

DESCRIPTION = """Tell whether ours got faster or slower, in under two minutes.

The bare loop, ours in process and ours over REST work off the same backlog,
once each; their ratios to the bare loop of the same run are compared with the
committed ones in benchmarks/quick/expected.json. The exit status is 1 if
something is slower than its tolerance allows. Machines are noisy: believe
what three runs in a row say.
"""

EXAMPLES = """examples:
  make bench-quick                              one round
  make bench-quick ARGS='--rounds 3'            the mean of three, for what is near its tolerance
  make bench-quick ARGS='--update'              write the means and spread of five rounds, to be committed
"""


@dataclass(frozen=True)
class Options:
    """How much to measure, and what becomes of it."""

    comments: int
    rounds: int
    update: bool
    json: Path | None
    keep: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return the options of a command line; ends the program with a sentence when they make no sense."""
    parser = parser_of("make bench-quick", DESCRIPTION, EXAMPLES)
    parser.add_argument("--comments", type=at_least(1), default=80_000, metavar="N", help="80000")
    parser.add_argument(
        "--rounds",
        type=at_least(1),
        metavar="N",
        help=f"{ROUNDS}, with --update {ROUNDS_OF_UPDATE}; the mean of them is compared",
    )
    parser.add_argument("--update", action="store_true", help="write the committed figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the logs")
    found = parser.parse_args(arguments)
    if found.update and found.rounds and found.rounds < LEAST_OF_UPDATE:
        parser.error(f"--update needs {LEAST_OF_UPDATE} rounds at least, to see how far they differ")
    return Options(
        comments=found.comments,
        rounds=found.rounds or (ROUNDS_OF_UPDATE if found.update else ROUNDS),
        update=found.update,
        json=found.json,
        keep=found.keep,
    )
