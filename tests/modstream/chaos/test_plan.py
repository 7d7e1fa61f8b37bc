"""From options to a run, or to one sentence about what is wrong with them."""

from typing import Any

import pytest

from modstream.chaos.plan import ChaosOptions, Plan, plan_of
from modstream.chaos.scenarios import SCENARIOS
from modstream.chaos.schedule import MOST_WORKERS, Kind
from modstream.errors import OptionsError


def make_options(**changes: Any) -> ChaosOptions:
    options: dict[str, Any] = {
        "comments": 1_000,
        "kills": None,
        "seed": 1,
        "scenario": "random",
        "seconds": None,
        "per_s": None,
        "workers": None,
        "data": None,
    }
    return ChaosOptions(**{**options, **changes})


def test_comments_are_spread_over_the_faults() -> None:
    plan = plan_of(make_options(comments=6_000, kills=8))
    assert (plan.seconds, plan.per_s, plan.workers) == (48.0, 125.0, 2)


def test_a_rate_decides_how_long_the_faults_go_on() -> None:
    plan = plan_of(make_options(comments=60_000, kills=8, per_s=100.0))
    assert (plan.seconds, plan.per_s) == (600.0, 100.0)


def test_the_same_options_give_the_same_plan() -> None:
    assert plan_of(make_options(seed=3)) == plan_of(make_options(seed=3))
    assert plan_of(make_options(seed=3)).faults != plan_of(make_options(seed=4)).faults


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"scenario": "fire"}, "no such one; choose from random, broker-away", id="unknown"),
        pytest.param({"scenario": "rolling", "kills": 3}, "--kills is for --scenario random", id="kills"),
        pytest.param({"scenario": "replace", "kills": 0}, "--kills is for", id="no-kills"),
        pytest.param({"scenario": "replace", "seconds": 9.0}, "--seconds is for", id="seconds"),
        pytest.param({"scenario": "replace", "workers": 2}, "--workers is for", id="workers"),
        pytest.param({"workers": 5}, "has 4 at the most", id="too-many-workers"),
    ],
)
def test_options_that_make_no_sense_are_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionsError, match=sentence):
        plan_of(make_options(**changes))


@pytest.fixture(params=sorted(SCENARIOS))
def named(request: pytest.FixtureRequest) -> Plan:
    return plan_of(make_options(scenario=request.param))


def test_a_scenario_never_lacks_a_worker_and_sends_to_its_end(named: Plan) -> None:
    running = named.workers
    for fault in named.faults:
        running += {Kind.ADD: 1, Kind.REMOVE: -1}.get(fault.kind, 0)
        assert 1 <= running <= MOST_WORKERS
    assert named.seconds > named.faults[-1].at_s + named.faults[-1].for_s
    assert named.per_s * named.seconds == pytest.approx(named.comments)


def test_rolling_goes_from_one_to_four_and_back_every_20_s_for_5_minutes() -> None:
    faults = SCENARIOS["rolling"].faults
    assert faults[-1].at_s - faults[0].at_s + 10 == 300
    assert [each.kind for each in faults[:6]] == [Kind.ADD] * 3 + [Kind.REMOVE] * 3
    assert faults[6].at_s - faults[0].at_s == 20


@pytest.mark.parametrize("name", ["broker-away", "service-away", "worker-paused"])
def test_what_is_away_is_away_for_a_minute(name: str) -> None:
    (fault,) = SCENARIOS[name].faults
    assert fault.for_s == 60
