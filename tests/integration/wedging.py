"""A model that wedges its worker when it is told to: the fetcher hears of no partition any more."""

from collections.abc import Sequence
from typing import Any

from model_service.reddit_classifier import RedditClassifier

WEDGE = "wedge yourself"


class WedgingClassifier(RedditClassifier):
    """For `inprocess:`, so that it lives in the worker."""

    def predict(
        self,
        X: Any,  # noqa: N803  Seldon's name for it
        feature_names: Sequence[str] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Any:
        """Score as ever."""
        if WEDGE in X:
            from streams.app import app

            app.consumer.pause_partitions(app.consumer.assignment())
        return super().predict(X, feature_names, meta)
