"""The artifact contract: what a trained model is on disk, and how it is read without trusting it.

A bundle is a folder:

    model.json                what it is: the SHA-256 of every other file, data, code, parameters, metrics
    weights.npz               idf, coefficients, intercept, n-gram range; read without pickle
    vocabulary.json           the words and phrases, in the order of the weights
    tfidf_vectorizer.model    the scikit-learn objects, for compatibility (dill); may be left out
    lr.model

`model.json` holds neither the time nor a path, so the same data, code and seed give the same bytes anywhere.
The first 16 hex digits of its SHA-256 are the model's version, and stand for every byte of the bundle.
"""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from model_service.errors import (
    BundleFileChangedError,
    BundleFileMissingError,
    BundleUnreadableError,
    NewerBundleError,
    NoBundleError,
)

SCHEMA_VERSION = 1
MANIFEST = "model.json"
WEIGHTS = "weights.npz"
VOCABULARY = "vocabulary.json"
VECTORIZER = "tfidf_vectorizer.model"
CLASSIFIER = "lr.model"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class DataFacts(Struct, frozen=True):
    """What a model was trained on, without saying where it lay."""

    sha256: str
    rows: int
    removed: int


class Manifest(Struct, frozen=True, kw_only=True):
    """The content of `model.json`."""

    schema_version: int
    recipe: str
    code_version: str
    data: DataFacts
    files: dict[str, str]
    """SHA-256 of every other file of the bundle, by name."""
    parameters: dict[str, Any]
    libraries: dict[str, str]
    seed: int
    metrics: dict[str, dict[str, float]]
    """Measured on held-out comments; by name of the measurement."""
    thresholds: dict[str, float]

    def to_bytes(self) -> bytes:
        """Return the bytes of `model.json`: the same for the same content."""
        plain = msgspec.to_builtins(self)
        return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


class _Schema(Struct, frozen=True):
    schema_version: int


class Weights(Struct, frozen=True):
    """All that scoring needs: `n` words and phrases with their weights."""

    vocabulary: tuple[str, ...]
    """The words and phrases; a phrase's words are joined by one space."""
    idf: NDArray[np.float64]
    """(n,) float64, inverse document frequency."""
    coefficients: NDArray[np.float64]
    """(n,) float64, log-odds of removal per unit of L2-normed TF-IDF."""
    intercept: float
    ngram_range: tuple[int, int]
    """Fewest and most words in a phrase."""

    def files(self) -> dict[str, bytes]:
        """Return the files that hold these weights; the same bytes for the same weights."""
        arrays = io.BytesIO()
        np.savez(  # writes the constant date 1980-01-01, so the bytes do not tell when
            arrays,
            idf=self.idf,
            coefficients=self.coefficients,
            intercept=np.float64(self.intercept),
            ngram_range=np.array(self.ngram_range, dtype=np.int64),
        )
        words = json.dumps(self.vocabulary, ensure_ascii=False, indent=0).encode() + b"\n"
        return {WEIGHTS: arrays.getvalue(), VOCABULARY: words}


class Bundle(Struct, frozen=True):
    """A bundle that was read and found whole."""

    folder: Path
    manifest: Manifest
    model_version: str
    """First 16 hex digits of the SHA-256 of `model.json`."""
    weights: Weights


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def is_bundle(folder: Path) -> bool:
    """Tell whether a folder looks like a bundle, whole or not."""
    return (folder / MANIFEST).is_file()


def load_bundle(folder: Path) -> Bundle:
    """Return the bundle in a folder after every file of it matched its SHA-256; nothing is unpickled.

    Raises:
        BundleError: If a file is missing, changed or unreadable, or the schema is newer than this code.
    """
    content = _manifest_bytes(folder)
    manifest = _parse_manifest(folder / MANIFEST, content)
    files = {name: _read_checked(folder, manifest, name) for name in sorted(manifest.files)}
    for name in (WEIGHTS, VOCABULARY):
        if name not in files:
            raise BundleUnreadableError(folder / MANIFEST, f"it names no {name}")
    weights = _parse_weights(folder, files[WEIGHTS], _parse_vocabulary(folder, files[VOCABULARY]))
    return Bundle(folder, manifest, sha256(content)[:16], weights)


def load_sklearn(folder: Path) -> tuple[Any, Any]:
    """Return the bundle's scikit-learn objects, `(vectorizer, classifier)`; for who asks for them by name.

    A pickle can run any code, so each file is opened only after its SHA-256 matched `model.json`. That shows
    that the file belongs to the bundle, not that the bundle comes from somebody you trust. Needs dill and
    scikit-learn.

    Raises:
        BundleError: If a file is missing or changed, or was left out of the bundle.
    """
    manifest = _parse_manifest(folder / MANIFEST, _manifest_bytes(folder))
    vectorizer, classifier = (_read_checked(folder, manifest, name) for name in (VECTORIZER, CLASSIFIER))
    import dill

    return dill.loads(vectorizer), dill.loads(classifier)  # noqa: S301  hashes matched above


def _manifest_bytes(folder: Path) -> bytes:
    try:
        return (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoBundleError(folder) from error
    except OSError as error:
        raise BundleUnreadableError(folder / MANIFEST, error.strerror or str(error)) from error


def _parse_manifest(file: Path, content: bytes) -> Manifest:
    try:
        schema = msgspec.json.decode(content, type=_Schema).schema_version
        if schema > SCHEMA_VERSION:
            raise NewerBundleError(file, schema, SCHEMA_VERSION)
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleUnreadableError(file, str(error)) from error
    for name in manifest.files:
        if not _PLAIN_NAME.fullmatch(name):  # a path would lead out of the folder
            raise BundleUnreadableError(file, f"{name!r} is not a plain file name")
    return manifest


def _read_checked(folder: Path, manifest: Manifest, name: str) -> bytes:
    file = folder / name
    if name not in manifest.files:
        raise BundleUnreadableError(folder / MANIFEST, f"it names no {name}")
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise BundleFileMissingError(file) from error
    except OSError as error:
        raise BundleUnreadableError(file, error.strerror or str(error)) from error
    if sha256(content) != manifest.files[name]:
        raise BundleFileChangedError(file)
    return content


def _parse_vocabulary(folder: Path, content: bytes) -> tuple[str, ...]:
    try:
        return msgspec.json.decode(content, type=tuple[str, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleUnreadableError(folder / VOCABULARY, str(error)) from error


def _parse_weights(folder: Path, content: bytes, vocabulary: tuple[str, ...]) -> Weights:
    file = folder / WEIGHTS
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            idf, coefficients = (arrays[name].astype(np.float64) for name in ("idf", "coefficients"))
            intercept = float(arrays["intercept"])
            fewest, most = (int(n) for n in arrays["ngram_range"])
    except (KeyError, TypeError, ValueError, OverflowError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise BundleUnreadableError(file, str(error)) from error
    if not idf.shape == coefficients.shape == (len(vocabulary),):
        raise BundleUnreadableError(
            file, f"its weights do not fit the {len(vocabulary)} words of {VOCABULARY}"
        )
    if not (np.isfinite(idf).all() and np.isfinite(coefficients).all() and np.isfinite(intercept)):
        raise BundleUnreadableError(file, "a weight is not a finite number")
    if not (idf > 0).all():  # a comment of such words alone would have no length to divide by
        raise BundleUnreadableError(file, "an inverse document frequency is not above zero")
    if not 1 <= fewest <= most:
        raise BundleUnreadableError(file, f"phrases of {fewest} to {most} words make no sense")
    return Weights(vocabulary, idf, coefficients, intercept, (fewest, most))
