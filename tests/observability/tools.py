"""Prometheus's own programs, where they are installed."""

import os
import shutil
from pathlib import Path

import pytest

PLACES = {"promtool": "MOD_TEST_PROMTOOL", "prometheus": "MOD_TEST_PROMETHEUS"}
"""The environment variables that say where the programs are; otherwise the PATH does."""


def find(program: str) -> Path | None:
    """Return where a program is; None where it is not installed.

    Raises:
        FileNotFoundError: If the environment names a file that is not there.
    """
    named = os.environ.get(PLACES[program])
    if named and shutil.which(named) is None:
        raise FileNotFoundError(f"{PLACES[program]}={named} is no program")
    found = named or shutil.which(program)
    return Path(found) if found else None


def find_or_skip(program: str) -> Path:
    """Return where a program is, or skip the test that needs it."""
    found = find(program)
    if found is None:
        pytest.skip(f"{program} is not installed: it comes with Prometheus; {PLACES[program]} says where")
    return found
