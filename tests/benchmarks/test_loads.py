from argparse import ArgumentTypeError
from array import array

import msgspec
import pytest

from benchmarks.harness.comments import BenchComment, Mix, comments
from benchmarks.harness.load import Load
from benchmarks.harness.sender import KAFKAS_LINGER_MS, PAUSE_S, linger_ms, said, send
from benchmarks.latency.loads import HALF, Step, Wanted, steps, wanted


def make_load(**changes: object) -> Load:
    whole = {
        "bootstrap": "127.0.0.1:9092",
        "topic": "lane.reddit_stream",
        "per_s": 10.0,
        "seconds": 2.0,
        "mix": Mix.SEEN,
        "bodies": "/run/bodies.json",
    }
    return Load(**{**whole, **changes})  # type: ignore[arg-type]


class SlowClock:
    """A clock that sleep moves, and that producing moves as well."""

    def __init__(self) -> None:
        self.now_s = 99.0
        self.slept_s: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


def sent(
    load: Load, clock: SlowClock, held_up_s: dict[int, float] | None = None
) -> tuple[list[float], list[float]]:
    """Return the times on what is sent from second 100 on, and by how much after them it was sent."""
    found: list[float] = []

    def produce(key: str, value: bytes) -> None:
        clock.now_s += (held_up_s or {}).get(len(found), 0.0)
        found.append(msgspec.json.decode(value, type=BenchComment).created_utc)

    drawn = comments(load.mix, load.count, ["a", "b"])
    late_s = send(load, drawn, produce, 100.0, lambda: clock.now_s, clock.sleep)
    return found, list(late_s)


def test_load_comes_back_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    load = make_load()
    for name, value in load.environment().items():
        monkeypatch.setenv(name, value)
    assert Load.here() == load


@pytest.mark.parametrize(("per_s", "seconds", "expected"), [(10, 2, 20), (3, 0.5, 2), (0.1, 1, 1)], ids=str)
def test_count_is_that_of_the_whole_time(per_s: float, seconds: float, expected: int) -> None:
    assert make_load(per_s=per_s, seconds=seconds).count == expected


def test_comments_are_due_at_even_times_that_they_carry() -> None:
    due_s, late_s = sent(make_load(), SlowClock())
    assert due_s == pytest.approx([100.0 + n / 10 for n in range(20)])
    assert late_s == pytest.approx([0.0] * 20)


def test_one_that_is_held_up_changes_no_due_time() -> None:
    due_s, late_s = sent(make_load(), SlowClock(), {4: 0.55})
    assert due_s == pytest.approx([100.0 + n / 10 for n in range(20)])
    assert late_s == pytest.approx([0.0] * 5 + [0.45, 0.35, 0.25, 0.15, 0.05] + [0.0] * 10)


def test_comments_that_are_due_together_are_sent_without_sleep() -> None:
    clock = SlowClock()
    _, late_s = sent(make_load(per_s=10_000.0, seconds=0.1), clock)
    assert min(clock.slept_s) >= PAUSE_S
    assert len(clock.slept_s) < 120  # not one for each of a thousand
    assert max(late_s) <= PAUSE_S + 1e-6


@pytest.mark.parametrize(("per_s", "expected"), [(1_000.0, 0), (1_001.0, KAFKAS_LINGER_MS)], ids=str)
def test_only_high_loads_go_together_for_longer(per_s: float, expected: int) -> None:
    assert linger_ms(per_s) == expected


def test_sender_says_how_late_it_was() -> None:
    found = said(100.0, array("d", [0.050, *[0.001] * 98, 0.030]), 3)
    assert (found.comments, found.late, found.refused) == (100, 2, 3)
    assert [found.late_p99_ms, found.late_max_ms] == pytest.approx([30.0, 50.0])


@pytest.mark.parametrize(("given", "expected"), [("500", 500.0), ("1,000", 1_000.0), (HALF, HALF)], ids=str)
def test_wanted_load(given: str, expected: Wanted) -> None:
    assert wanted(given) == expected


@pytest.mark.parametrize("given", ["0", "-1", "inf", "nan", "third"])
def test_senseless_load_is_refused(given: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f"^{given} is no number above 0$"):
        wanted(given)


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        (4_000.0, [Step(100.0, 100.0), Step(1_000.0, 1_000.0), Step(HALF, 2_000.0)]),
        (1_000.0, [Step(100.0, 100.0), Step(HALF, 500.0)]),
        (None, [Step(100.0, 100.0), Step(1_000.0, 1_000.0)]),
    ],
    ids=["all", "one-is-too-much", "unknown"],
)
def test_loads_below_the_maximum_are_put_on(maximum: float | None, expected: list[Step]) -> None:
    assert [*steps([100.0, 1_000.0, HALF], maximum)] == expected
