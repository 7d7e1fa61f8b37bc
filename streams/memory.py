"""Keeps memory that was freed for the next batch; Linux with glibc only, a saving and nothing else.

The model service does the same in `model_service/server.py`: neither is installed with the other.
"""

import ctypes
import sys

_KEPT_FREE_BYTES = 64 * 1024 * 1024

_MALLOPT = {-8: 1, -3: 32 * 1024 * 1024, -1: _KEPT_FREE_BYTES}
"""By the numbers of glibc's malloc.h: M_ARENA_MAX, one heap for all threads; M_MMAP_THRESHOLD, from where a
piece is given back at once; M_TRIM_THRESHOLD, what may stay free."""


def keep() -> None:
    """Let malloc keep what is freed: to get it again for each batch costs the kernel a good deal of time."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for parameter, value in _MALLOPT.items():
            mallopt(parameter, value)
