import pytest

from benchmarks.harness.comments import Mix
from benchmarks.harness.usage import Usage
from benchmarks.harness.watching import End, Sample
from benchmarks.throughput import figures
from benchmarks.throughput.figures import Measure

MIB = 1024 * 1024


def make_measure(**changes: object) -> Measure:
    whole = {
        "contender": "ours",
        "mix": Mix.SEEN,
        "round": 1,
        "comments": 100,
        "comments_per_s": 50.0,
        "cpu_us": {"worker": 10.0},
        "memory_mib": {"worker": 80.0},
        "done": 100,
        "lost": 0,
        "repeated": 0,
        "strange": 0,
        "end": End.DONE,
    }
    return Measure(**{**whole, **changes})  # type: ignore[arg-type]


def make_sample(at_s: float, outputs: int, cpu_s: float, mib: int = 1) -> Sample:
    return Sample(at_s, outputs, {"worker": Usage(cpu_s, mib * MIB)})


@pytest.mark.parametrize(
    ("appended", "expected"),
    [
        ({}, None),
        ({1_000: 50}, None),
        ({1_000: 50, 2_000: 50}, 50.0),
        ({1_000: 10, 1_100: 10, 1_200: 10}, 100.0),
        # Two bursts of three flushes each, a second apart: one burst a second.
        ({0: 20, 10: 20, 20: 20, 1_000: 20, 1_010: 20, 1_020: 20}, 60.0),
        # One hiccup of ten seconds does not make the flow before it one burst.
        ({**{10 * each: 1 for each in range(2_000)}, 30_000: 1}, 1_000 * 2_000 / 30_000),
    ],
    ids=["none", "one-burst", "two-bursts", "even-flow", "bursts-of-flushes", "hiccup"],
)
def test_rate(appended: dict[int, int], expected: float | None) -> None:
    assert figures.rate(appended) == pytest.approx(expected)


def test_cpu_time_before_the_first_output_does_not_count() -> None:
    samples = [make_sample(0, 0, 3.0), make_sample(1, 10, 4.0), make_sample(2, 110, 4.5)]
    assert figures.cpu_us(samples) == {"worker": pytest.approx(5_000.0)}


def test_cpu_time_after_the_last_output_does_not_count() -> None:
    samples = [make_sample(1, 10, 4.0), make_sample(2, 110, 4.5), make_sample(3, 110, 9.0)]
    assert figures.cpu_us(samples) == {"worker": pytest.approx(5_000.0)}


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([], False),
        ([0, 0], False),
        ([0, 9], False),
        ([0, 6, 7, 10], False),
        ([0, 5, 10, 10], False),
        ([0, 5, 7, 10], True),
    ],
    ids=["none", "no-output", "at-once", "more-than-half-at-first", "too-short", "half-at-first"],
)
def test_run_is_long_enough_when_most_of_it_was_watched(outputs: list[int], expected: bool) -> None:
    samples = [make_sample(number, each, 0.0) for number, each in enumerate(outputs)]
    assert figures.is_long_enough(samples) is expected


@pytest.mark.parametrize(
    "samples", [[], [make_sample(0, 0, 1.0)], [make_sample(0, 5, 1.0)]], ids=["none", "idle", "one"]
)
def test_nothing_is_said_of_cpu_time_without_growth(samples: list[Sample]) -> None:
    assert figures.cpu_us(samples) == {}


def test_memory_is_the_most_at_once() -> None:
    assert figures.memory_mib(
        [make_sample(0, 0, 0, 3), make_sample(1, 0, 0, 9), make_sample(2, 0, 0, 4)]
    ) == {"worker": 9.0}


def test_rows_are_medians_of_rounds() -> None:
    measures = [
        make_measure(round=number, comments_per_s=rate, cpu_us={"worker": cpu})
        for number, rate, cpu in ((1, 10.0, 5.0), (2, 40.0, 7.0), (3, 20.0, 9.0))
    ]
    (row,) = figures.rows(measures)
    assert (row.comments_per_s, row.slowest, row.fastest, row.cpu_us) == (20.0, 10.0, 40.0, {"worker": 7.0})
    assert (row.rounds, row.of_limit) == (3, None)


def test_share_of_the_bare_loop_is_that_of_the_same_round() -> None:
    measures = [
        make_measure(contender=name, round=number, comments_per_s=rate)
        for number, name, rate in (
            (1, "bare", 100.0),
            (1, "ours", 80.0),
            (2, "ours", 150.0),
            (2, "bare", 300.0),
        )
    ]
    assert {row.contender: row.of_limit for row in figures.rows(measures)} == {
        "bare": 1.0,
        "ours": pytest.approx((0.8 + 0.5) / 2),
    }


def test_a_loss_in_one_round_shows() -> None:
    measures = [make_measure(round=1), make_measure(round=2, done=97, lost=3, end=End.STALLED)]
    (row,) = figures.rows(measures)
    assert (row.done, row.lost, row.stalled) == (97, 3, 1)


def test_mixes_have_rows_of_their_own() -> None:
    measures = [make_measure(mix=mix) for mix in Mix]
    assert [row.mix for row in figures.rows(measures)] == [*Mix]
