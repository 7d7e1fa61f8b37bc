"""Every expression of dashboards and rules, asked of a real Prometheus that watches a real pipeline.

    python -m tests.observability.live

Starts a broker, the model service, two workers, comments and Prometheus (on the PATH, or what
MOD_TEST_PROMETHEUS names), prints how many series each expression gives, and fails if one gives none. Then it
breaks one thing after the other until the alerts for it fire. Our rules are used as they are, but for some of
their durations: see `prometheus.py`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.observability import promql, tools
from tests.observability.definitions import alerts, panels, recordings
from tests.observability.prometheus import Prometheus
from tests.observability.scene import Scene

VARIABLES = {"__rate_interval": "30s", "__range": "5m"}
DATA_WITHIN_S = 120.0
ALERT_WITHIN_S = 150.0
POLL_S = 0.5


@dataclass(frozen=True)
class Question:
    """An expression that has to give data, and where it is from."""

    place: str
    expression: str


@dataclass(frozen=True)
class Step:
    """Something that is done to the pipeline, and what has to come of it."""

    what: str
    do: Callable[[Scene], None]
    begin: tuple[str, ...]
    end: tuple[str, ...] = ()


STEPS = (
    Step(
        "one record in thirty is no comment, one in ten is late",
        Scene.nothing,
        begin=("ModstreamDeadLetters", "ModstreamLateComments"),
    ),
    Step(
        "the times that comments tell stand still",
        Scene.stop_time,
        begin=("ModstreamWatermarkStandsStill",),
    ),
    Step("they go on", Scene.let_time_pass, begin=(), end=("ModstreamWatermarkStandsStill",)),
    Step(
        "the model service is killed while many equal comments come",
        Scene.lose_service,
        begin=(
            "ModstreamServiceDown",
            "ModstreamServiceAway",
            "ModstreamWorkerNotReady",
            "ModstreamLagGrowing",
        ),
    ),
    Step(
        "the model service is back",
        Scene.bring_service_back,
        begin=("ModstreamLatencyBudgetBurns", "ModstreamScoreDrift", "ModstreamAlertShareChanged"),
        end=(
            "ModstreamServiceDown",
            "ModstreamServiceAway",
            "ModstreamWorkerNotReady",
            "ModstreamLagGrowing",
        ),
    ),
    Step("a worker's fetcher is wedged", Scene.wedge_worker, begin=("ModstreamWorkerStuck",)),
    Step(
        "that worker is killed",
        Scene.kill_worker,
        begin=("ModstreamWorkerDown",),
        end=("ModstreamWorkerStuck",),
    ),
    Step("the broker stands still", Scene.stop_broker, begin=("ModstreamCommitsStandStill",)),
)


def questions() -> Iterator[Question]:
    """Yield every expression; of an alert what it compares: it gives nothing when all is well."""
    for panel in panels():
        for expression in panel.expressions:
            yield Question(panel.name, promql.without_variables(expression, VARIABLES))
    for rule in recordings():
        yield Question(f"recording {rule.name}", rule.expression)
        yield Question("what it recorded", rule.name)
    for rule in alerts():
        for side in promql.compared(rule.expression):
            yield Question(f"alert {rule.name}", side)


def ask_all(prometheus: Prometheus) -> int:
    """Print how many series each expression gives once it gives some; return how many never did."""
    deadline = time.monotonic() + DATA_WITHIN_S
    asked = list(questions())
    silent = 0
    for each in asked:
        while not (found := prometheus.count(each.expression)) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        silent += not found
        say(f"{found:>4} series  {each.place}: {each.expression}")
    for rule in alerts():
        prometheus.count(rule.expression)  # raises where it is wrong
    say(
        f"{len(asked)} expressions of {len(panels())} panels, {len(recordings())} recording rules and "
        f"{len(alerts())} alerts; {silent} without data"
    )
    return silent


def take(step: Step, scene: Scene) -> int:
    """Take a step and print what comes of it; return how many alerts did not do as they should."""
    say(f"-- {step.what}")
    step.do(scene)
    began_s = time.monotonic()
    wanted = dict.fromkeys(step.begin, True) | dict.fromkeys(step.end, False)
    while wanted and time.monotonic() - began_s < ALERT_WITHIN_S:
        firing = scene.prometheus.firing()
        for name in [name for name, fires in wanted.items() if (name in firing) == fires]:
            after_s = time.monotonic() - began_s
            summary = f": {firing[name]['summary']}" if wanted.pop(name) else " is over"
            say(f"   {name}{summary} ({after_s:.0f} s)")
            assert not {"<error", "{{"} & set(" ".join(firing.get(name, {}).values()).split()), firing[name]
        time.sleep(POLL_S)
    for name, fires in wanted.items():
        say(f"   {name} does not {'fire' if fires else 'end'} within {ALERT_WITHIN_S:g} s")
    return len(wanted)


def run(program: Path, folder: Path, rate: float) -> int:
    """Return how much went wrong."""
    with Scene(folder, program, rate) as scene:
        wrong = ask_all(scene.prometheus)
        wrong += sum(take(step, scene) for step in STEPS)
        broken = scene.prometheus.broken_rules()
    say(*(f"cannot be evaluated: {each}" for each in broken))
    left = {each.name for each in alerts()} - {name for step in STEPS for name in step.begin}
    say(*(f"{name} was not tried" for name in sorted(left)))
    return wrong + len(broken) + len(left)


def say(*lines: str) -> None:
    """Print lines at once."""
    for line in lines:
        print(line, flush=True)  # noqa: T201  this is a program


def main() -> None:
    """Run it, and end with status 1 if something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=100.0, help="comments a second")
    options = parser.parse_args()
    program = tools.find("prometheus")
    if program is None:
        sys.exit(f"Prometheus is not installed: put it on the PATH, or set {tools.PLACES['prometheus']}.")
    with tempfile.TemporaryDirectory(prefix="observability-") as folder:
        wrong = run(program, Path(folder), options.rate)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
