"""Arithmetic on samples, against cases small enough to count by hand."""

import math

import pytest

from modstream.chaos.measures import (
    Recovery,
    Weight,
    growth,
    longest_partition_pause_s,
    longest_pause_s,
    rates_by_second,
    recovery,
    throughput,
    weights,
    with_gaps,
)
from modstream.chaos.watching import MemorySample, Sample
from tests.modstream.chaos.examples import make_sample


def test_recovery_is_the_first_growth_after_the_stragglers_of_a_kill() -> None:
    samples = [
        make_sample(9.9, outputs=10),
        make_sample(10.05, outputs=11),
        make_sample(10.1, outputs=12),  # what was on its way when it was killed
        make_sample(10.3, outputs=12),
        make_sample(14.0, outputs=12),
        make_sample(14.5, outputs=13),
    ]
    assert recovery(samples, since_s=10.0) == Recovery(4.5, 4.5)


def test_recovery_of_every_partition_waits_for_the_slowest_that_had_comments_waiting() -> None:
    samples = [
        Sample(0.5, (10, 10, 10), (5, 5, 10), (5, 5, 10)),
        Sample(1.0, (10, 10, 10), (6, 5, 10), (6, 5, 10)),
        Sample(3.0, (10, 10, 10), (8, 6, 10), (8, 6, 10)),
    ]
    assert recovery(samples, since_s=0.0) == Recovery(1.0, 3.0)


def test_no_recovery_is_known_when_nothing_came() -> None:
    assert recovery([], 1.0) == Recovery(None, None)
    assert recovery([make_sample(2.0), make_sample(3.0)], 1.0) == Recovery(None, None)


def test_recovery_is_partly_known_when_a_partition_never_came_back() -> None:
    samples = [Sample(1.0, (9, 9), (0, 0), (0, 0)), Sample(2.0, (9, 9), (1, 0), (1, 0))]
    assert recovery(samples, since_s=0.0) == Recovery(2.0, None)


def test_a_pause_is_a_time_without_output_while_comments_wait() -> None:
    samples = [
        make_sample(0.0, inputs=10, outputs=10),  # nothing to do: no pause
        make_sample(9.0, inputs=10, outputs=10),
        make_sample(10.0, inputs=20, outputs=10),
        make_sample(13.0, inputs=30, outputs=10),
        make_sample(14.0, inputs=30, outputs=30),
    ]
    assert longest_pause_s(samples) == 5.0


def test_a_hole_in_which_comments_waited_is_a_pause_though_output_came_at_its_end() -> None:
    samples = [make_sample(0.0, outputs=10), make_sample(60.0, outputs=20)]
    assert longest_pause_s(samples) == 60.0


def test_redelivered_outputs_end_a_pause_though_nothing_is_committed() -> None:
    samples = [make_sample(float(at), outputs=at, committed=0) for at in range(5)]
    assert longest_pause_s(samples) == 1.0


def test_pause_of_a_partition_is_seen_though_others_go_on() -> None:
    samples = [Sample(float(at), (9, 9), (at, 1), (at, 1)) for at in range(6)]
    assert longest_pause_s(samples) == 1.0
    assert longest_partition_pause_s(samples) == 5.0


@pytest.mark.parametrize("function", [longest_pause_s, longest_partition_pause_s])
def test_no_samples_no_pause(function: object) -> None:
    assert callable(function)
    assert function([]) == 0.0


def test_throughput_is_the_mean_over_two_seconds() -> None:
    samples = [make_sample(float(at), outputs=10 * at * at) for at in range(8)]
    rates = dict(throughput(samples))
    assert rates[1.0] == 10.0
    assert rates[7.0] == pytest.approx((490 - 250) / 2)


def test_a_hole_is_drawn_where_the_broker_was_away() -> None:
    times, values = with_gaps([(0.0, 1.0), (1.0, 2.0), (9.0, 3.0)], gap_s=1.5)
    assert times == [0.0, 1.0, 9.0, 9.0]
    assert values[:2] == [1.0, 2.0]
    assert math.isnan(values[2])


def test_memory_is_summed_up_by_member() -> None:
    memory = [
        MemorySample(0.0, {"worker-1": 5, "broker": 9}),
        MemorySample(1.0, {"worker-1": 8}),
        MemorySample(2.0, {"worker-1": 6, "broker": 7}),
    ]
    assert weights(memory) == {"broker": Weight(9, 9, 7), "worker-1": Weight(5, 8, 6)}
    assert growth(memory, 0.0, 1.5, "worker") == 3
    assert growth(memory, 1.0, 2.5, "worker") == 0
    assert growth(memory, 5.0, 9.0, "worker") is None


def test_a_series_has_a_point_a_second() -> None:
    samples = [make_sample(at / 4, outputs=at) for at in range(9)]
    assert rates_by_second(samples) == [(0.0, 100, 0, 100), (1.0, 100, 4, 96), (2.0, 100, 8, 92)]
