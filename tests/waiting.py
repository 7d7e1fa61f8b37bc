"""Waiting for what other processes and threads do."""

import time
from collections.abc import Callable

POLL_S = 0.05


def eventually(true: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
    """Return as soon as something is true; fail when it is not in time."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(POLL_S)
