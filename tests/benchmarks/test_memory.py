import random

import pytest

from benchmarks.harness.usage import Usage
from benchmarks.harness.watching import Sample
from benchmarks.scaling import table
from benchmarks.scaling.memory import MIB, Soak, Trace, slope, traces
from benchmarks.scaling.picture import draw_soak
from benchmarks.scaling.soak import warm_up_minutes
from tests.benchmarks.test_latency import make_sent


def make_trace(grows: float = 0.0, seconds: int = 600, noise: float = 0.0, seed: int = 1) -> Trace:
    """Return memory sampled each second that grows by so many MiB a minute, from 100 MiB."""
    rng = random.Random(seed)
    minutes = [second / 60 for second in range(seconds)]
    return Trace(minutes, [100 + grows * minute + rng.gauss(0, noise) for minute in minutes])


def make_soak(trace: Trace) -> Soak:
    found = slope(trace, 2.0)
    return Soak(
        contender="ours",
        per_s=5_000.0,
        minutes=10.0,
        warm_up_minutes=2.0,
        comments=3_000_000,
        outputs=3_000_000,
        sent=make_sent(),
        traces={"worker": trace},
        slopes={} if found is None else {"worker": found},
    )


@pytest.mark.parametrize("grows", [0.0, 0.3, -2.0])
def test_slope_of_a_straight_line_is_exact(grows: float) -> None:
    found = slope(make_trace(grows), 2.0)
    assert found is not None
    assert (found.mib_a_minute, found.low, found.high) == pytest.approx((grows, grows, grows))
    assert found.at_start_mib == pytest.approx(100 + 2 * grows)
    assert [found.from_minute, found.to_minute] == pytest.approx([2.0, 599 / 60])


def test_interval_holds_the_slope_behind_the_noise_in_19_of_20() -> None:
    found = [slope(make_trace(0.5, noise=3.0, seed=seed), 2.0) for seed in range(100)]
    held = [each is not None and each.low < 0.5 < each.high for each in found]
    assert 90 <= sum(held) <= 99


def test_interval_is_that_of_the_stretches_means() -> None:
    levels = [value for number in range(10) for value in (number % 2, number % 2)]
    found = slope(Trace([float(each) for each in range(20)], [float(each) for each in levels]), 0.0)
    assert found is not None
    # Means at 0.5, 2.5, ... 18.5: slope 5/330; residual 2.5 - 5²/330; t(8, 97.5 %) = 2.306.
    assert found.mib_a_minute == pytest.approx(5 / 330)
    half = 2.306 * ((2.5 - 25 / 330) / 8 / 330) ** 0.5
    assert found.high - found.mib_a_minute == pytest.approx(half, abs=1e-4)


def test_what_the_warm_up_takes_does_not_count() -> None:
    steep = make_trace(50.0, seconds=120)
    flat = Trace([2 + each / 60 for each in range(480)], [200.0] * 480)
    found = slope(Trace([*steep.minutes, *flat.minutes], [*steep.mib, *flat.mib]), 2.0)
    assert found is not None
    assert found.mib_a_minute == pytest.approx(0.0)


@pytest.mark.parametrize(("seconds", "is_told"), [(139, False), (140, True)], ids=["too-few", "enough"])
def test_slope_needs_two_samples_a_stretch(seconds: int, is_told: bool) -> None:
    assert (slope(make_trace(seconds=seconds), 2.0) is not None) is is_told


@pytest.mark.parametrize(("minutes", "expected"), [(1.0, 0.25), (8.0, 2.0), (60.0, 2.0)], ids=str)
def test_warm_up_is_a_share_of_short_soaks(minutes: float, expected: float) -> None:
    assert warm_up_minutes(minutes) == expected


def test_traces_begin_at_the_first_sample_and_have_the_parts_that_are_there() -> None:
    samples = [Sample(at_s, 1, {"worker": Usage(0.0, mib * MIB)}) for at_s, mib in ((90.0, 5), (120.0, 7))]
    assert traces(samples, ["worker", "service"]) == {"worker": Trace([0.0, 0.5], [5.0, 7.0])}
    assert traces([], ["worker"]) == {}


def test_slope_is_told_with_its_interval() -> None:
    told = [*table.soak_lines(make_soak(make_trace(0.25)))]
    assert told[-1] == "| worker | 100.5 | +0.25 | +0.25 to +0.25 |"


def test_short_soak_is_told_so() -> None:
    told = [*table.soak_lines(make_soak(make_trace(seconds=10)))]
    assert told[-1] == "| worker | – | – | too short to tell |"


def test_picture_of_a_soak_is_drawn_with_and_without_a_slope() -> None:
    for trace in (make_trace(0.25), make_trace(seconds=10)):
        assert draw_soak(make_soak(trace), "a title", "png").startswith(b"\x89PNG")
