"""A model that refuses a word until it is told otherwise; a worker runs it with `inprocess:`."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORD = "quarrel"
SWITCH = "PICKY_ACCEPTS"
"""Environment variable: once the file of this name exists, the word is as good as any other."""

UNPROCESSABLE = 422


class RefusedWordError(Exception):
    """A text has the word."""

    status = UNPROCESSABLE


class PickyModel:
    """Scores a text by whether it has an exclamation mark."""

    def __init__(self) -> None:
        self._switch = Path(os.environ[SWITCH])

    def predict(self, texts: Sequence[str], names: Sequence[str], meta: Mapping[str, Any]) -> NDArray[Any]:
        if any(WORD in text for text in texts) and not self._switch.exists():
            raise RefusedWordError(f"no {WORD} here")
        removed = [0.9 if "!" in text else 0.1 for text in texts]
        return np.array([[1 - each, each] for each in removed])

    def tags(self) -> dict[str, Any]:
        return {"model_version": "picky"}
