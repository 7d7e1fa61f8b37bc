"""A model that is replaced by an older one, which knows no names; a worker runs it with `inprocess:`."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SWITCH = "REPLACED_WHEN"
"""Environment variable: once the file of this name exists, the older model answers."""

BAD_REQUEST = 400


class BadTagError(Exception):
    """The older model's answer to a name."""

    status = BAD_REQUEST


class ReplacedModel:
    """Scores every text alike, above the threshold that it calls `balanced`."""

    def __init__(self) -> None:
        self._switch = Path(os.environ[SWITCH])

    def predict(self, texts: Sequence[str], names: Sequence[str], meta: Mapping[str, Any]) -> NDArray[Any]:
        if self._switch.exists() and isinstance(meta["tags"]["explain_above"], str):
            raise BadTagError("explain_above has to be a number")
        return np.array([[0.7, 0.3]] * len(texts))

    def tags(self) -> dict[str, Any]:
        return {"model_version": "replaced", "explained_above": 0.25}
