"""Child processes that end when they should: with their parent, or when asked."""

import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

BIND_TO_PARENT = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Asks Linux for the signal, sees that the parent did not end before that, and becomes the command."""


def bound_to_parent(command: Sequence[str]) -> list[str]:
    """Return a command for `Popen` that gets SIGTERM when this process ends, however that ends.

    Linux only, and only from the main thread: the signal comes when the *thread* that started it ends.
    Elsewhere the command is returned as it is.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return list(command)
    return [sys.executable, "-IS", "-c", BIND_TO_PARENT, str(os.getpid()), *command]


def signal_group(leader: int, number: int) -> None:
    """Send a signal to a process that leads a group, and to all in it that are there still."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone already
        os.killpg(leader, number)


def end(process: "psutil.Process", timeout_s: float) -> None:
    """Ask a process to end, and end it by force when it has not after the time; returns when it is gone."""
    import psutil

    try:
        process.terminate()
        process.wait(timeout_s)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(timeout_s)
    except psutil.NoSuchProcess:
        pass
