"""Runs the service's own class in this process: no network, no service."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from msgspec import Struct

from streams.classifiers import Scores
from streams.classifiers.answers import checked_scores
from streams.errors import ClassifierFailedError, ClassifierRefusedError, SettingsError
from streams.settings import Threshold

DEFAULT_CLASS = "model_service.reddit_classifier.RedditClassifier"
INTERNAL_ERROR = 500


class Answer(Struct, frozen=True):
    """What a model says of some texts."""

    shape: tuple[int, ...]
    values: list[float]
    tags: Mapping[str, Any]


class Trouble(Struct, frozen=True):
    """What a model raised: exceptions of its own might not survive the way out of its process."""

    status: int
    """As over HTTP: below 500 it is the texts' fault."""
    what: str


class Model:
    """An object of the service's class, found by name: its packages are needed only where it is used."""

    def __init__(self, url: str, arguments: Sequence[Any] = ()) -> None:
        """Make it, whatever somebody's class raises.

        Args:
            url: `inprocess:` for ours, or `inprocess:package.module.Class`.
            arguments: What the class is made with.
        """
        module, _, name = (url.removeprefix("inprocess:").strip("/") or DEFAULT_CLASS).rpartition(".")
        make: Callable[..., Any] = getattr(import_module(module), name)
        self._model = make(*arguments)
        getattr(self._model, "load", lambda: None)()  # Seldon calls it, where the class has one

    def predict(self, texts: list[str], explain_above: Threshold, reasons: int) -> Answer | Trouble:
        """Return what it says, or what was the matter."""
        meta = {"tags": {"explain_above": explain_above, "reasons": reasons}}
        try:
            matrix = self._model.predict(texts, [], meta=meta)
            return Answer(matrix.shape, matrix.ravel().tolist(), self._model.tags())
        except Exception as error:
            # The model's errors are not ours to import; each says its HTTP status.
            status = getattr(error, "status", INTERNAL_ERROR)
            said = str(error) if status < INTERNAL_ERROR else f"{type(error).__name__}: {error}"
            return Trouble(status, said)


def scores_of(
    url: str, count: int, answer: Answer | Trouble, explain_above: Threshold, reasons: int
) -> Scores:
    """Return the scores in what a model said of so many texts.

    Raises:
        ClassifierError: Of the kind that says what to do about it.
        SettingsError: If `explain_above` is a name that the model does not know.
    """
    if isinstance(answer, Answer):
        return checked_scores(url, count, answer.shape, answer.values, answer.tags, explain_above, reasons)
    if answer.status >= INTERNAL_ERROR:
        raise ClassifierFailedError(url, answer.what)
    raise ClassifierRefusedError(url, answer.status, answer.what)


class InProcessClassifier:
    """A `Classifier` that calls the model in one thread of its own, off the event loop."""

    def __init__(self, url: str, *arguments: Any) -> None:
        """Make the model; see `Model`.

        Raises:
            SettingsError: If there is no such class, or it cannot be made.
        """
        self.url = url
        try:
            self._model = Model(url, arguments)
        except Exception as error:  # such as a bundle that is not there
            raise SettingsError(f"MOD_CLASSIFIER_URL={url}: {error}") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="classifier")

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        """Return the scores of `texts`; see `Classifier.score`."""
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(
            self._thread, self._model.predict, list(texts), explain_above, reasons
        )
        return scores_of(self.url, len(texts), answer, explain_above, reasons)

    async def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False)
