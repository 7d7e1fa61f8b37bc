"""Weights as files: numbers without pickle in one, words and other names as JSON in the other."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from model_service.ngrams import LENGTHS, MOST_CHARACTERS
from model_service.style import FEATURES
from model_service.weights import AdditiveWeights, TfidfWeights, Weights

WEIGHTS = "weights.npz"
VOCABULARY = "vocabulary.json"

# What numpy and zipfile raise over bytes that are no archive, or one cut short, changed, or of another make.
_UNREADABLE = (
    *(KeyError, TypeError, ValueError, OverflowError, EOFError, OSError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)


class WeightsUnreadableError(Exception):
    """A file of weights is not what it should be; the bundle that it belongs to tells the user."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


def files_of(weights: Weights) -> dict[str, bytes]:
    """Return the files that hold some weights; the same bytes for the same weights."""
    fields = msgspec.structs.asdict(weights)
    names = {name: value for name, value in fields.items() if isinstance(value, tuple)}
    numbers: dict[str, Any] = {
        name: np.asarray(value, dtype=np.float64) for name, value in fields.items() if name not in names
    }
    arrays = io.BytesIO()
    np.savez(arrays, **numbers)  # writes the constant date 1980-01-01, so the bytes do not tell when
    words = json.dumps(names, ensure_ascii=False, indent=0).encode() + b"\n"
    return {WEIGHTS: arrays.getvalue(), VOCABULARY: words}


def parse(kind: type[TfidfWeights] | type[AdditiveWeights], files: Mapping[str, bytes]) -> Weights:
    """Return the weights that are in files.

    Raises:
        WeightsUnreadableError: If they cannot be read, do not fit each other, or make no sense.
    """
    vocabulary = _vocabulary(files[VOCABULARY])
    numbers = _numbers(files[WEIGHTS])
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name, held = (VOCABULARY, vocabulary) if field.type == tuple[str, ...] else (WEIGHTS, numbers)
        if field.name not in held:
            raise WeightsUnreadableError(name, f"it has no {field.name!r}")
        values[field.name] = held[field.name]
    weights = kind(**values)
    _check(weights)
    return weights


def _vocabulary(content: bytes) -> dict[str, tuple[str, ...]]:
    try:
        return msgspec.json.decode(content, type=dict[str, tuple[str, ...]])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WeightsUnreadableError(VOCABULARY, str(error)) from error


def _numbers(content: bytes) -> dict[str, NDArray[np.float64] | float]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            numbers = {name: np.asarray(arrays[name]) for name in arrays.files}
    except _UNREADABLE as error:
        raise WeightsUnreadableError(WEIGHTS, str(error)) from error
    for name, values in numbers.items():
        if values.dtype != np.float64 or not np.isfinite(values).all():
            raise WeightsUnreadableError(WEIGHTS, f"{name} holds something that is not a finite number")
    return {name: _as_field(values) for name, values in numbers.items()}


def _as_field(values: NDArray[np.float64]) -> NDArray[np.float64] | float:
    return float(values) if values.ndim == 0 else values


def _check(weights: Weights) -> None:
    """Raise if the parts do not fit each other."""
    if isinstance(weights, TfidfWeights):
        _check_lengths(weights.vocabulary, weights.idf, weights.coefficients)
        _require((weights.idf > 0).all(), "an inverse document frequency is not above zero")
        _check_scalars(weights.intercept)
        return
    _check_lengths(weights.phrases, weights.phrase_weights)
    _check_lengths(weights.ngrams, weights.ngram_weights)
    _check_ngrams(weights.ngrams)
    if weights.style_features != FEATURES:
        raise WeightsUnreadableError(VOCABULARY, "it names other features of style than this version has")
    _check_lengths(FEATURES, weights.style_means, weights.style_scales, weights.style_weights)
    _check_scalars(weights.intercept, weights.power, weights.style_limit)
    _require((weights.style_scales > 0).all() and weights.style_limit > 0, "a scale is not above zero")
    _require(0 <= weights.power <= 1, "the power is not between 0 and 1")


def _check_lengths(names: tuple[str, ...], *arrays: NDArray[np.float64]) -> None:
    for array in arrays:
        _require(np.shape(array) == (len(names),), f"its weights do not fit the {len(names)} names")
    if len(set(names)) != len(names):
        raise WeightsUnreadableError(VOCABULARY, "a name is there twice")


def _check_ngrams(ngrams: tuple[str, ...]) -> None:
    if not {len(ngram) for ngram in ngrams} <= {*LENGTHS}:
        raise WeightsUnreadableError(VOCABULARY, "an n-gram is too short or too long")
    if len({*chain.from_iterable(ngrams)}) > MOST_CHARACTERS:
        raise WeightsUnreadableError(VOCABULARY, f"its n-grams have more than {MOST_CHARACTERS} characters")


def _check_scalars(*values: float) -> None:
    _require(all(isinstance(value, float) for value in values), "a number is an array")


def _require(condition: Any, otherwise: str) -> None:
    if not condition:
        raise WeightsUnreadableError(WEIGHTS, otherwise)
