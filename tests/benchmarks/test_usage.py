"""What processes have used, those below them included."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.harness.usage import CHILDREN_LISTED_EVERY_S, Family
from tests.waiting import eventually

PARENT = """
import subprocess, sys
sys.stdin.readline()
child = subprocess.Popen([sys.executable, "-c", "sum(range(30_000_000)); print('done', flush=True); input()"])
child.wait()
"""
"""Has a child that works for a while, once it is told to."""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate("\n", timeout=30)


def test_child_that_comes_late_is_counted_from_the_look_that_asks_for_it(
    parent: subprocess.Popen[str],
) -> None:
    assert parent.stdin is not None
    assert parent.stdout is not None
    family = Family(parent.pid, clock=lambda: 0.0)
    before = family.usage().cpu_s
    parent.stdin.write("\n")
    parent.stdin.flush()
    assert parent.stdout.readline() == "done\n"
    without = family.usage().cpu_s
    found = family.usage(anew=True).cpu_s
    assert found - without > without - before
    assert family.usage().cpu_s >= found, "it is known from then on"


def test_children_are_looked_for_now_and_then(parent: subprocess.Popen[str]) -> None:
    assert parent.stdin is not None
    now_s = 0.0
    family = Family(parent.pid, clock=lambda: now_s)
    alone = family.usage().memory_bytes
    parent.stdin.write("\n")
    parent.stdin.flush()

    def has_grown() -> bool:
        nonlocal now_s
        now_s += CHILDREN_LISTED_EVERY_S
        return family.usage().memory_bytes > 1.5 * alone

    eventually(has_grown, "the child is counted")


def test_latest_usage_is_told_of_a_process_that_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        family = Family(process.pid)
        known = family.usage()
        process.communicate(b"\n")
    assert family.usage() == known
