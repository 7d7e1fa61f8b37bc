"""Runs the service's own class in a child process: no network, and a core of its own for the model."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from streams.classifiers import Scores
from streams.classifiers.in_process import Answer, Model, Trouble, scores_of
from streams.errors import ClassifierFailedError, SettingsError
from streams.settings import Threshold

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ChildProcessClassifier:
    """A `Classifier` for a worker: in its own process the model and the stream would take turns.

    A child that ends or hangs is replaced; what it was asked counts as a failure.
    """

    def __init__(self, url: str, *arguments: Any) -> None:
        """Start the process and make the model in it; see `Model`.

        Raises:
            SettingsError: If there is no such class, or it cannot be made.
        """
        self.url = url
        self._arguments = arguments
        self._pool = self._new_pool()
        try:
            wrong = self._pool.submit(_what_is_wrong).result()
        except BrokenProcessPool:
            wrong = "the process of the model ended while it was made"
        if wrong:
            self._pool.shutdown()
            raise SettingsError(f"MOD_CLASSIFIER_URL={url}: {wrong}")

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        pool = self._pool
        try:
            answer = await asyncio.wrap_future(pool.submit(_predict, list(texts), explain_above, reasons))
        except BrokenProcessPool as error:
            self._replace(pool)
            raise ClassifierFailedError(self.url, "its process ended") from error
        except asyncio.CancelledError:
            self._replace(pool)  # nobody waits for the answer any more, and it may never come
            raise
        return scores_of(self.url, len(texts), answer, explain_above, reasons)

    async def close(self) -> None:
        """End the process."""
        _end(self._pool)

    def _new_pool(self) -> ProcessPoolExecutor:
        # Spawned: the worker has threads by now, and gRPC does not survive a fork.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, context, _begin, (os.getpid(), self.url, self._arguments))

    def _replace(self, pool: ProcessPoolExecutor) -> None:
        """End a process, unless that was done already, and start another: the next call waits for it."""
        if pool is self._pool:
            self._pool = self._new_pool()
            _end(pool)


def _end(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):  # `kill_workers` from Python 3.14 on
        process.kill()  # it has nothing to lose, and may be busy for ever
    pool.shutdown(wait=False, cancel_futures=True)


_model: Model | None = None
_wrong = ""


def _begin(parent: int, url: str, arguments: Sequence[Any]) -> None:
    """Make the model, in the child."""
    global _model, _wrong  # noqa: PLW0603  what a process pool has in place of an object
    # A terminal's Ctrl-C and a group's SIGTERM are for the worker, which still wants what is being scored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:
            os._exit(0)
    try:
        _model = Model(url, arguments)
    except Exception as error:  # whatever somebody's class raises, such as a bundle that is not there
        _wrong = str(error) or type(error).__name__


def _what_is_wrong() -> str:
    """Return why there is no model; nothing when there is one."""
    return _wrong


def _predict(texts: list[str], explain_above: Threshold, reasons: int) -> Answer | Trouble:
    assert _model is not None, "who could not make it is not asked"
    return _model.predict(texts, explain_above, reasons)
