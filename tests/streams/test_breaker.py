"""The breaker opens after failures alone for as long as its budget, and closes at the first success."""

import pytest

from streams.breaker import Breaker

BUDGET_S = 15.0


@pytest.mark.parametrize(
    ("failures_at_s", "is_open"),
    [
        ([0.0], False),
        ([0.0, 14.9], False),
        ([0.0, 15.0], True),
        ([100.0, 107.0, 116.0], True),
        ([], False),
    ],
    ids=["first failure", "within the budget", "at the budget", "later start", "no failure"],
)
def test_breaker_opens_when_the_budget_is_spent(failures_at_s: list[float], is_open: bool) -> None:
    breaker = Breaker(BUDGET_S)
    for at_s in failures_at_s:
        breaker.failed(at_s)
    assert breaker.is_open is is_open


def test_success_gives_the_whole_budget_back() -> None:
    breaker = Breaker(BUDGET_S)
    breaker.failed(0.0)
    breaker.succeeded()
    breaker.failed(15.0)
    assert not breaker.is_open


def test_open_breaker_stays_open_until_a_success() -> None:
    breaker = Breaker(BUDGET_S)
    breaker.failed(0.0)
    breaker.failed(15.0)
    breaker.failed(15.1)
    assert breaker.is_open
    breaker.succeeded()
    assert not breaker.is_open
