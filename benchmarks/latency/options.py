"""What `make bench-latency` takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.arguments import above_zero, add_model, add_results, at_least, parser_of
from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import CONTENDERS
from benchmarks.harness.grounds import SERVICE_WORKERS
from benchmarks.latency.loads import HALF, Wanted, wanted

USUAL = tuple(each.name for each in CONTENDERS if not each.without_kafka and not each.more_of)
"""The scorer has no stream; more processes are for more comments than these loads have."""

RATES: tuple[Wanted, ...] = (100.0, 500.0, 1_000.0, HALF)

DESCRIPTION = """Measure how long predictions and alerts take, at loads that do not wait for anybody.

When each comment is to be sent is fixed beforehand, and a process of its own
sends it then, whatever became of those before it. Latency counts from that
time, also if the sender is late, to the time at which the broker appended the
output: one machine, one clock. The broker tells whole milliseconds; latencies
are told up to 1 ms too long, never too short. What each contender can do at
the most is found by a run first, unless --maximum says it; rates above it are
left out.
"""

EXAMPLES = f"""contenders:
  {", ".join(USUAL[:6])},
  {", ".join(USUAL[6:])}

examples:
  make bench-latency                                          all of it: some 40 minutes
  make bench-latency REPORT=latency.json                      ... with latency.json and latency.png
  make bench-latency ARGS='--only ours quix --rates 500 --seconds 10'
  make bench-latency ARGS='--only ours --rates half --maximum 20000'
"""


@dataclass(frozen=True)
class Options:
    """What to measure, and where the results go."""

    only: Sequence[str]
    rates: Sequence[Wanted]
    seconds: float
    maximum: float | None
    """Comments a second; None: each contender's is measured."""
    mix: Mix
    model: Path | None
    """Folder of the bundle; None: the talk's recipe, trained on the spot."""
    warm_up: int
    service_workers: int
    json: Path | None
    picture: Path | None
    keep: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Return the options of a command line; ends the program with a sentence when they make no sense."""
    parser = parser_of("make bench-latency", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "--only", nargs="+", default=list(USUAL), metavar="NAME", help="these contenders alone"
    )
    parser.add_argument(
        "--rates",
        nargs="+",
        type=wanted,
        default=list(RATES),
        metavar=f"N|{HALF}",
        help="comments/s, or half of the maximum: 100 500 1000 half",
    )
    parser.add_argument(
        "--seconds", type=above_zero, default=30.0, metavar="S", help="how long each load is measured: 30"
    )
    parser.add_argument(
        "--maximum", type=above_zero, metavar="N", help="what all contenders can do, comments/s; not measured"
    )
    parser.add_argument("--mix", type=Mix, choices=list(Mix), default=Mix.SEEN, help="which texts: seen")
    add_model(parser)
    parser.add_argument(
        "--warm-up", type=at_least(1), default=5_000, metavar="N", help="comments before each load: 5000"
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
    if "scorer" in found.only:
        parser.error("the scorer alone has no stream, so it has no latency")
    return Options(
        only=found.only,
        rates=found.rates,
        seconds=found.seconds,
        maximum=found.maximum,
        mix=found.mix,
        model=found.model,
        warm_up=found.warm_up,
        service_workers=found.service_workers,
        json=found.json,
        picture=found.picture or (found.json.with_suffix(".png") if found.json else None),
        keep=found.keep,
    )
