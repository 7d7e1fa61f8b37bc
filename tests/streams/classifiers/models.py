"""Models that do what a test wants, for classifiers that make one by its name."""

import os
import threading
from typing import Any

import numpy as np


class BadRequestError(Exception):
    """As the service's own."""

    status = 400


class ScriptedModel:
    """Does what the first text says."""

    def __init__(self) -> None:
        self.more: dict[str, Any] = {}

    def predict(self, texts: list[str], names: list[str], meta: Any) -> Any:
        self.more = {"who": threading.Lock()} if texts[0] == "lock" else {}
        match texts[0]:
            case "raise":
                raise KeyError("a bug in the model")
            case "refuse":
                raise BadRequestError("not text")
            case "list":
                return [[0.5, 0.5]]
            case "nan":
                return np.array([[float("nan")] * 2])
            case "die":
                os._exit(3)
            case "hang":
                threading.Event().wait()
        return np.array([[0.25, 0.75]] * len(texts))

    def tags(self) -> dict[str, Any]:
        return {"model_version": "v1", **self.more}


class BrokenModel:
    """Cannot be made."""

    def __init__(self) -> None:
        raise ValueError("no bundle there")


class FatalModel:
    """Takes its process down when it is made."""

    def __init__(self) -> None:
        os._exit(3)
