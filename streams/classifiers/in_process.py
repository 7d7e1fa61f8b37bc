"""Runs the service's own class in the worker: no network, for small deployments and for comparison."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from streams.classifiers import Scores
from streams.classifiers.answers import checked_scores
from streams.errors import ClassifierFailedError, ClassifierRefusedError, SettingsError
from streams.settings import Threshold

DEFAULT_CLASS = "model_service.reddit_classifier.RedditClassifier"
INTERNAL_ERROR = 500


class InProcessClassifier:
    """A `Classifier` that calls `RedditClassifier` in one thread of its own, off the event loop.

    The class is found by name, so that the worker's installation needs the model's packages only when it is
    used: `inprocess:` or `inprocess:package.module.Class`.
    """

    def __init__(self, url: str, *arguments: Any) -> None:
        """Make the model.

        Args:
            url: `inprocess:` and maybe the class.
            arguments: What the class is made with; the worker gives none, and the environment decides.

        Raises:
            SettingsError: If there is no such class, or it cannot be made.
        """
        self.url = url
        module, _, name = (url.removeprefix("inprocess:").strip("/") or DEFAULT_CLASS).rpartition(".")
        try:
            self._model = getattr(import_module(module), name)(*arguments)
            getattr(self._model, "load", lambda: None)()  # Seldon calls it, where the class has one
        except Exception as error:  # whatever somebody's class raises, such as a bundle that is not there
            raise SettingsError(f"MOD_CLASSIFIER_URL={url}: {error}") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="classifier")

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        meta = {"tags": {"explain_above": explain_above, "reasons": reasons}}
        loop = asyncio.get_running_loop()
        shape, values, tags = await loop.run_in_executor(self._thread, self._predict, list(texts), meta)
        return checked_scores(self.url, len(texts), shape, values, tags, explain_above, reasons)

    async def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False)

    def _predict(
        self, texts: list[str], meta: Mapping[str, Any]
    ) -> tuple[tuple[int, ...], list[float], Mapping[str, Any]]:
        try:
            matrix = self._model.predict(texts, [], meta=meta)
            return matrix.shape, matrix.ravel().tolist(), self._model.tags()
        except Exception as error:
            # The model's errors are not ours to import; each says its HTTP status.
            status = getattr(error, "status", INTERNAL_ERROR)
            if status >= INTERNAL_ERROR:
                raise ClassifierFailedError(self.url, f"{type(error).__name__}: {error}") from error
            raise ClassifierRefusedError(self.url, status, str(error)) from error
