"""A worker that SIGHUP wedges: its fetcher hears of no partition any more.

python -m tests.integration.wedging worker -l info
"""

import signal
import sys

COMMAND = (sys.executable, "-m", "tests.integration.wedging", "worker", "-l", "info")
"""In place of `modstream.worker_process.COMMAND`."""

if __name__ == "__main__":
    from streams.app import app

    signal.signal(signal.SIGHUP, lambda *_: app.consumer.pause_partitions(app.consumer.assignment()))
    app.main()
