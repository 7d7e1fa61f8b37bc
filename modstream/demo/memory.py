"""How much memory the demo takes, with every process it started."""

import psutil


def resident_bytes() -> int:
    """Return the resident memory of this process and all below it; pages they share count in each."""
    here = psutil.Process()
    total = 0
    for process in (here, *here.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
