"""Runs the service's own class in a child process: no network, and a core of its own for the model."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from streams.classifiers import Scores
from streams.classifiers.in_process import scores_of
from streams.classifiers.model_process import ModelProcess
from streams.errors import ClassifierFailedError, SettingsError
from streams.settings import Threshold

logger = logging.getLogger(__name__)


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
        self._closed = False
        self._process = ModelProcess(url, arguments)
        if wrong := self._process.what_is_wrong():
            self._process.end()
            raise SettingsError(f"MOD_CLASSIFIER_URL={url}: {wrong}")

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        process = self._process
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
        """End the process."""
        self._closed = True
        self._process.end()
        await self._process.ended()

    def _replace(self, process: ModelProcess) -> None:
        """End a process, unless that was done already, and start another: the next call waits for it."""
        if process is not self._process or self._closed:
            return
        process.end()
        try:
            self._process = ModelProcess(self.url, self._arguments)
        except OSError:  # the next call finds the old one ended, and tries again
            logger.exception("no new process for the model")
