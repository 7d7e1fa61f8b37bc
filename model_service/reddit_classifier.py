"""`RedditClassifier`: the class that Seldon runs, MLServer can run, and the worker can hold itself."""

import threading
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_service.bundle import load_bundle
from model_service.errors import TooManyTextsError
from model_service.scorer import Asked, Scorer
from model_service.settings import ServiceSettings
from model_service.text_input import Wish, texts_of, wish_of

CLASS_NAMES = ["kept", "removed"]

LONGEST_EXPLAINED = 100_000
"""Characters: longer texts get no reasons, which take several hundred bytes for each."""

REQUESTS = "modstream_requests_total"
COMMENTS_SCORED = "modstream_comments_scored_total"
SCORING_TIME = "modstream_scoring_seconds"


class _LastCall(threading.local):
    """What this thread's latest `predict` has to tell besides its answer."""

    reasons: dict[str, list[list[Any]]] | None = None
    told: Mapping[str, Any] = MappingProxyType({})
    metrics: tuple[dict[str, Any], ...] = ()


class RedditClassifier:
    """Probability that a moderator would remove a comment.

    Neither seldon_core nor flask is imported before Seldon itself asks for `predict_raw` or the error
    handler.
    """

    def __init__(self, model_dir: str | None = None, max_texts: int | None = None) -> None:
        """Load the bundle at once, so that processes forked later share its memory.

        Args:
            model_dir: Folder of the bundle; when None, `MOD_MODEL_DIR` or the one in the package.
            max_texts: Texts that one call may have; None: as many as there are.

        Raises:
            BundleError: If there is no usable bundle.
        """
        folder = Path(model_dir) if model_dir is not None else ServiceSettings().model_dir
        self._bundle = load_bundle(folder)
        self._scorer = Scorer(self._bundle.weights)
        self._last = _LastCall()
        self._max_texts = max_texts

    @property
    def model_version(self) -> str:
        """Return the first 16 hex digits of the SHA-256 of the bundle's `model.json`."""
        return self._bundle.model_version

    @property
    def training_scores(self) -> list[float]:
        """Return how P(removed) was distributed over the training comments: shares of 20 equal bins."""
        return self._bundle.manifest.distribution.scores

    def load(self) -> None:
        """Load what only rare words need, so that no request waits for it; Seldon calls it."""
        self._scorer.load()

    def predict(
        self,
        X: Any,  # noqa: N803  Seldon's name for it
        feature_names: Sequence[str] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> NDArray[np.float64]:
        """Return (n_comments, 2) float64, columns P(kept) and P(removed), in the order given.

        The input is checked first: Seldon's wrapper answers a TypeError by calling `predict` a second time.

        Args:
            X: Texts or token lists, as `text_input.texts_of` reads them.
            feature_names: Not used; Seldon passes it.
            meta: Seldon's request meta. The tag `explain_above` (a number, or a name of the bundle's
                `thresholds`) asks for the reasons of each text whose P(removed) is strictly above it,
                `reasons` (5) for how many words; `tags()` has them.

        Raises:
            BadRequestError: If the input is not text, or too much of it, or a tag is of a wrong type.
        """
        started = time.perf_counter()
        self._forget()
        wish = wish_of(meta, self._bundle.manifest.thresholds)
        texts = texts_of(X)
        if self._max_texts is not None and len(texts) > self._max_texts:
            raise TooManyTextsError(len(texts), self._max_texts)
        scored, reasons = self._scorer.score_and_explain(texts, _asked(wish))
        if wish is not None:
            self._last.reasons = {
                str(place): [list(reason) for reason in found] for place, found in reasons.items()
            }
            self._last.told = wish.told
        took_ms = (time.perf_counter() - started) * 1000.0
        self._last.metrics = (
            {"type": "COUNTER", "key": REQUESTS, "value": 1},
            {"type": "COUNTER", "key": COMMENTS_SCORED, "value": len(texts)},
            {"type": "TIMER", "key": SCORING_TIME, "value": took_ms},  # Seldon wants ms and publishes seconds
        )
        return scored.probabilities

    def predict_raw(self, msg: Any) -> Any:
        """Answer a whole Seldon message, REST (dict) or gRPC (SeldonMessage); Seldon calls it if it is there.

        Seldon's own way turns texts into a numpy array in which each takes the room of the longest.
        """
        from model_service.seldon_messages import answer

        return answer(self, msg)

    def tags(self) -> dict[str, Any]:
        """Return the tags of the answer to this thread's latest `predict`.

        `model_version`, and if they were asked for, `reasons`: by the text's index, written as a string, a
        list of `[word, weight, start, end]`: the weight in log-odds, above zero for removal, and which
        characters of the text; both null for what belongs to the text as a whole, such as its capitals.
        Where a threshold was asked for by its name, `explained_above` is its number; null if the bundle does
        not have it, with the names that it has in `thresholds`.
        """
        tags: dict[str, Any] = {"model_version": self.model_version}
        if self._last.reasons is not None:
            tags["reasons"] = self._last.reasons
            tags |= self._last.told
        return tags

    def metrics(self) -> list[dict[str, Any]]:
        """Return Seldon metrics of this thread's latest `predict`, once: who takes them adds them up."""
        metrics, self._last.metrics = self._last.metrics, ()
        return list(metrics)

    def class_names(self) -> list[str]:
        """Return the names of the answer's columns; a method: Seldon warns of an attribute at each call."""
        return list(CLASS_NAMES)

    def health_status(self) -> str:
        """Score one text and return "ready": Seldon's `/health/status`."""
        self.predict(["ready?"])
        self._forget()
        return "ready"

    def init_metadata(self) -> dict[str, Any]:
        """Return what Seldon's `/metadata` tells about the model."""
        return {"name": "modstream", "versions": [self.model_version], "platform": "modstream"}

    @cached_property
    def model_error_handler(self) -> Any:
        """Return the Flask blueprint that gives our errors their HTTP status; Seldon registers it."""
        from model_service.seldon_messages import error_handler

        return error_handler()

    def _forget(self) -> None:
        self._last.reasons = None
        self._last.metrics = ()


def _asked(wish: Wish | None) -> Asked | None:
    return None if wish is None else Asked(wish.explain_above, LONGEST_EXPLAINED, wish.reasons)
