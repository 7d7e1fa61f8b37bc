"""The last bound of a stop: a worker whose broker does not answer ends all the same."""

import logging
import os
import threading

logger = logging.getLogger(__name__)

ENDED_BY_FORCE = 1


def end_within(seconds: float) -> None:
    """End this process after so long, whatever still holds it; nothing happens if it ends before.

    Nothing is lost by it: what the broker has not confirmed is not committed, and is delivered again.
    """
    timer = threading.Timer(seconds, _end, [seconds])
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    logger.error(
        "not stopped within %g s, because the broker or a call of the model does not answer: ending anyway; "
        "what was not committed will be delivered again",
        seconds,
    )
    os._exit(ENDED_BY_FORCE)
