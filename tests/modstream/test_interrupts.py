"""Interruptions wait until what must not be cut in two is done."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from modstream.interrupts import interrupts_later


@pytest.fixture
def came() -> Iterator[list[int]]:
    """Return what the handlers of this test get."""
    numbers: list[int] = []
    before = {
        each: signal.signal(each, lambda number, frame: numbers.append(number))
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    yield numbers
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_comes_after_the_block(came: list[int], number: signal.Signals) -> None:
    with interrupts_later():
        os.kill(os.getpid(), number)
        assert came == []
    assert came == [number]


def test_without_a_signal_nothing_comes_and_the_handlers_are_back(came: list[int]) -> None:
    with interrupts_later():
        pass
    assert came == []
    signal.raise_signal(signal.SIGINT)
    assert came == [signal.SIGINT]


def test_another_thread_has_nothing_to_put_off() -> None:
    def block() -> str:
        with interrupts_later():
            return "done"

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(block).result() == "done"
