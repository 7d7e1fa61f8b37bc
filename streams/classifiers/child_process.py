"""Runs the service's own class in child processes: no network, and cores of their own for the model."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from streams.classifiers import Scores
from streams.classifiers.in_process import scores_of
from streams.classifiers.model_process import ModelProcess
from streams.errors import ClassifierFailedError, SettingsError
from streams.settings import Threshold

logger = logging.getLogger(__name__)


class ChildProcessClassifier:
    """A `Classifier` for a worker: in its own process the model and the stream would take turns.

    Several children score as many batches at the same time. One that ends or hangs is replaced; what it was
    asked counts as a failure.
    """

    def __init__(self, url: str, *arguments: Any, processes: int = 1) -> None:
        """Start processes and make the model in each; see `Model`.

        Raises:
            SettingsError: If there is no such class, or it cannot be made.
            OSError: If the system has no pipe or process left.
        """
        self.url = url
        self._arguments = arguments
        self._closed = False
        self._processes: list[ModelProcess] = []
        with ExitStack() as failed:
            failed.callback(self._end)
            for _ in range(processes):
                self._processes.append(ModelProcess(url, arguments))
            for process in self._processes:
                if wrong := process.what_is_wrong():
                    raise SettingsError(f"MOD_CLASSIFIER_URL={url}: {wrong}")
            failed.pop_all()

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        process = min(self._processes, key=lambda each: (not each.is_open, each.asked))
        try:
            answer = await process.ask(list(texts), explain_above, reasons)
        except EOFError as error:
            self._replace(process)
            raise ClassifierFailedError(self.url, "its process ended") from error
        except asyncio.CancelledError:
            self._replace(process)  # nobody waits for the answer any more, and it may never come
            raise
        return scores_of(self.url, len(texts), answer, explain_above, reasons)

    async def close(self) -> None:
        """End the processes."""
        self._closed = True
        self._end()
        for process in self._processes:
            await process.ended()

    def _end(self) -> None:
        for process in self._processes:
            process.end()

    def _replace(self, process: ModelProcess) -> None:
        """End a process, unless that was done already, and start another: the next call waits for it."""
        if process not in self._processes or self._closed:
            return
        process.end()
        try:
            self._processes[self._processes.index(process)] = ModelProcess(self.url, self._arguments)
        except OSError:  # the next call finds the old one ended, and tries again
            logger.exception("no new process for the model")
