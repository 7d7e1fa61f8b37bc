"""Memory that was freed stays with the process, where malloc is glibc's."""

import platform
import subprocess
import sys

import pytest

MIB = 1024 * 1024

PROGRAM = """
import resource, sys
from streams import memory

def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

if sys.argv[1] == "kept":
    memory.keep()
before = resident_bytes()
batch = bytearray(b"x") * (20 * 1024 * 1024)
del batch
print(resident_bytes() - before)
"""


def left_of_20_mib(how: str) -> int:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], check=True, timeout=60, capture_output=True, text=True
    )
    return int(told.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc can be told to")
def test_freed_memory_is_kept_for_the_next_batch() -> None:
    assert left_of_20_mib("kept") > 15 * MIB
    assert left_of_20_mib("as it is") < 5 * MIB
