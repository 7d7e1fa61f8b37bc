"""A model in the worker's own process: whatever it raises or returns is an error of ours, or scores."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from streams.classifiers.in_process import InProcessClassifier
from streams.errors import ClassifierAnswerError, ClassifierFailedError, ClassifierRefusedError


class BadRequestError(Exception):
    """As the service's own."""

    status = 400


class ScriptedModel:
    """Does what the first text says."""

    def predict(self, texts: list[str], names: list[str], meta: Any) -> Any:
        match texts[0]:
            case "raise":
                raise KeyError("a bug in the model")
            case "refuse":
                raise BadRequestError("not text")
            case "list":
                return [[0.5, 0.5]]
            case "nan":
                return np.array([[float("nan")] * 2])
        return np.array([[0.25, 0.75]] * len(texts))

    def tags(self) -> dict[str, Any]:
        return {"model_version": "v1"}


@pytest.fixture
def classifier() -> Iterator[InProcessClassifier]:
    classifier = InProcessClassifier(f"inprocess:{__name__}.ScriptedModel")
    yield classifier
    classifier._thread.shutdown()


async def test_scores_are_those_of_the_model(classifier: InProcessClassifier) -> None:
    scores = await classifier.score(["a", "b"], 0.5, 5)
    assert list(scores.probabilities) == [0.75, 0.75]
    assert scores.model_version == "v1"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("raise", ClassifierFailedError),
        ("list", ClassifierFailedError),
        ("refuse", ClassifierRefusedError),
        ("nan", ClassifierAnswerError),
    ],
)
async def test_model_in_trouble_is_a_classifier_in_trouble(
    classifier: InProcessClassifier, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await classifier.score([text], 0.5, 5)
