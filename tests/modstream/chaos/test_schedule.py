"""The same seed gives the same faults, and they make sense."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modstream.chaos.bad_records import bad_record
from modstream.chaos.schedule import (
    BAD_RECORDS,
    BROKER,
    MOST_WORKERS,
    SERVICE,
    Fault,
    Kind,
    random_schedule,
    role_of,
    worker_names,
)

seeds = st.integers(min_value=0, max_value=2**32)
kills = st.integers(min_value=0, max_value=60)
spans = st.floats(min_value=1.0, max_value=600.0)
workers = st.integers(min_value=1, max_value=MOST_WORKERS)


@given(seeds, kills, spans, workers)
def test_same_seed_gives_the_same_schedule(seed: int, kills: int, seconds: float, workers: int) -> None:
    first, again = (random_schedule(seed, kills=kills, seconds=seconds, workers=workers) for _ in range(2))
    assert first == again


def test_another_seed_gives_another_schedule() -> None:
    schedules = {random_schedule(seed, kills=8, seconds=60, workers=2) for seed in range(20)}
    assert len(schedules) == 20


@given(seeds, kills, spans, workers)
def test_as_many_kills_as_asked_for_in_order_of_time(
    seed: int, kills: int, seconds: float, workers: int
) -> None:
    faults = random_schedule(seed, kills=kills, seconds=seconds, workers=workers)
    assert sum(each.kind is Kind.KILL for each in faults) == kills
    times = [each.at_s for each in faults]
    assert times == sorted(times)
    assert times[0] >= 2.0
    assert {each.target for each in faults if each.kind is Kind.BAD_RECORD} == set(BAD_RECORDS)


@given(seeds, st.integers(min_value=3, max_value=60), spans, workers)
def test_every_part_is_killed_paused_or_stopped(seed: int, kills: int, seconds: float, workers: int) -> None:
    faults = random_schedule(seed, kills=kills, seconds=seconds, workers=workers)
    killed = {role_of(each.target) for each in faults if each.kind is Kind.KILL}
    assert killed == {BROKER, SERVICE, "worker"}
    assert {each.kind for each in faults} >= {Kind.PAUSE, Kind.STOP}


@given(seeds, kills, spans, workers)
def test_only_what_is_there_is_hurt_and_a_worker_always_stays(
    seed: int, kills: int, seconds: float, workers: int
) -> None:
    present = set(worker_names(workers))
    away_until: Counter[str] = Counter()
    for fault in random_schedule(seed, kills=kills, seconds=seconds, workers=workers):
        if fault.kind is Kind.BAD_RECORD:
            continue
        assert fault.at_s + 0.02 >= away_until[fault.target], "its last fault is over"
        away_until[fault.target] = fault.at_s + fault.for_s  # type: ignore[assignment]
        if fault.kind is Kind.ADD:
            assert fault.target not in present
            present.add(fault.target)
        elif role_of(fault.target) == "worker":
            assert fault.target in present
            if fault.kind is Kind.REMOVE:
                present.remove(fault.target)
        assert 1 <= len(present) <= MOST_WORKERS


def test_faults_that_have_to_wait_do_not_come_all_at_once() -> None:
    faults = [
        each
        for each in random_schedule(1, kills=40, seconds=200, workers=2)
        if each.kind is not Kind.BAD_RECORD
    ]
    at_once = Counter(each.at_s for each in faults)
    assert max(at_once.values()) <= 2


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_every_bad_record_can_be_made(name: str) -> None:
    record = bad_record(name, 7)
    assert (record.value is None) == (name == "tombstone")
    assert (record.key == b"") == (name == "empty-key")
    assert len(record.value or b"") < 1_000_000, "the broker takes it"


def test_a_huge_body_is_600_kb() -> None:
    assert len(bad_record("huge-body", 1).value or b"") == pytest.approx(600_000, rel=0.01)


def test_a_role_is_the_target_but_for_workers() -> None:
    assert [role_of(each) for each in ("worker-3", BROKER, SERVICE)] == ["worker", BROKER, SERVICE]


def test_a_fault_is_a_plain_record() -> None:
    assert Fault(1.0, Kind.KILL, BROKER) == Fault(1.0, Kind.KILL, BROKER, 0.0)
