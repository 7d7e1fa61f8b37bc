"""What `make bench-scaling` takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.arguments import above_zero, add_model, add_results, at_least, parser_of
from benchmarks.harness.comments import Mix
from benchmarks.scaling.series import SERIES, Name

CONTENDERS = {"none": "ours", "rest": "ours-rest", "grpc": "ours-grpc"}
"""Ours, by what scores for it."""

DESCRIPTION = """Measure how the CPU time of a comment grows, and whether memory does.

Each series varies one thing while all else stays: the length of comments, the
size of batches, partitions, workers, subreddits, the backlog. The exponent of
a series is the slope of the logarithms: 0 when the cost stays, 1 when it
grows as the value does. With --soak there are no series: half of what the
worker can do at the most is sent to it for some minutes, while memory is
sampled each second.
"""

EXAMPLES = f"""series:
  {", ".join(Name)}

examples:
  make bench-scaling                                            all series, in process: half an hour
  make bench-scaling REPORT=scaling.json                        ... with scaling.json and scaling.png
  make bench-scaling ARGS='--only partitions workers --service rest'
  make bench-scaling ARGS='--only backlog --full'               up to 2,000,000 comments
  make bench-scaling ARGS='--soak 10 --service rest' REPORT=soak.json
"""


@dataclass(frozen=True)
class Options:
    """What to measure, and where the results go."""

    only: Sequence[Name]
    contender: str
    comments: int
    repetitions: int
    full: bool
    soak_minutes: float | None
    """None: the series."""
    maximum: float | None
    """Comments a second, for the soak; None: it is measured."""
    mix: Mix
    model: Path | None
    """Folder of the bundle; None: the talk's recipe, trained on the spot."""
    json: Path | None
    picture: Path | None
    keep: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return the options of a command line; ends the program with a sentence when they make no sense."""
    parser = parser_of("make bench-scaling", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "--only", nargs="+", type=Name, choices=list(Name), metavar="SERIES", help="these series alone"
    )
    parser.add_argument(
        "--service",
        choices=list(CONTENDERS),
        default="none",
        help="the service to ask; none: the worker has the model beside it",
    )
    parser.add_argument(
        "--comments",
        type=at_least(1),
        default=20_000,
        metavar="N",
        help="that count of each point but backlogs: 20000; 20,000 come before and 10,000 after them",
    )
    parser.add_argument(
        "--repetitions", type=at_least(1), default=3, metavar="N", help="3; intervals need two"
    )
    parser.add_argument("--full", action="store_true", help="backlogs up to 2,000,000: an hour more")
    parser.add_argument(
        "--soak", type=above_zero, metavar="MINUTES", help="memory under half of the maximum, for so long"
    )
    parser.add_argument(
        "--maximum", type=above_zero, metavar="N", help="comments/s, for the soak; not measured"
    )
    parser.add_argument("--mix", type=Mix, choices=list(Mix), default=Mix.SEEN, help="which texts: seen")
    add_model(parser)
    add_results(parser)
    found = parser.parse_args(arguments)
    return Options(
        only=[each.name for each in SERIES if not found.only or each.name in found.only],
        contender=CONTENDERS[found.service],
        comments=found.comments,
        repetitions=found.repetitions,
        full=found.full,
        soak_minutes=found.soak,
        maximum=found.maximum,
        mix=found.mix,
        model=found.model,
        json=found.json,
        picture=found.picture or (found.json.with_suffix(".png") if found.json else None),
        keep=found.keep,
    )
