"""The artifact contract: what a trained model is on disk, and how it is read without trusting it.

A bundle is a folder:

    model.json                what it is: the SHA-256 of every other file, data, code, parameters, metrics
    weights.npz               the numbers that scoring needs; read without pickle
    vocabulary.json           the words, phrases and n-grams that they belong to
    tfidf_vectorizer.model    the scikit-learn objects, for compatibility (dill); may be left out
    lr.model
    report.html               for people, made of the bundle and not part of it

`model.json` holds neither the time nor a path, so the same data, code and seed give the same bytes anywhere.
The first 16 hex digits of its SHA-256 are the model's version, and stand for every byte of the bundle.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from model_service.errors import (
    BundleFileChangedError,
    BundleFileMissingError,
    BundleUnreadableError,
    NewerBundleError,
    NoBundleError,
    OlderBundleError,
)
from model_service.weights import AdditiveWeights, TfidfWeights, Weights
from model_service.weights_files import VOCABULARY, WEIGHTS, WeightsUnreadableError, parse

SCHEMA_VERSION = 2
MANIFEST = "model.json"
VECTORIZER = "tfidf_vectorizer.model"
CLASSIFIER = "lr.model"
REPORT = "report.html"

TALK, ADDITIVE = "talk", "additive"
KINDS: dict[str, type[TfidfWeights] | type[AdditiveWeights]] = {TALK: TfidfWeights, ADDITIVE: AdditiveWeights}
"""What each recipe learns."""

THRESHOLD_NAME = re.compile(r"[a-z][a-z0-9-]*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class DataFacts(Struct, frozen=True):
    """What a model was trained on, without saying where it lay."""

    sha256: str
    rows: int
    removed: int


class CodeFacts(Struct, frozen=True):
    """What made a model."""

    version: str
    sha256: str
    """Of the modules that decide what is learnt and how it is scored."""


class Distribution(Struct, frozen=True, kw_only=True):
    """How comments look to the model that learnt from them: what a stream can be compared with later.

    Histograms are shares that add up to 1; a value on an edge belongs to the higher bin.
    """

    scores: list[float]
    """P(removed) of comments that the scoring model had not learnt from, in equal bins from 0 to 1."""
    lengths: list[float]
    """Tokens of a comment, in bins with the edges 0, 1, 2, 4, 8 and so on; the last is open."""
    unknown_tokens: list[float]
    """Share of a comment's tokens that no word or phrase of the model has, in equal bins from 0 to 1."""


class Manifest(Struct, frozen=True, kw_only=True):
    """The content of `model.json`."""

    schema_version: int
    recipe: str
    code: CodeFacts
    data: DataFacts
    files: dict[str, str]
    """SHA-256 of every other file of the bundle, by name."""
    parameters: dict[str, Any]
    libraries: dict[str, str]
    seed: int
    metrics: dict[str, dict[str, Any]]
    """Measured on comments that were not learnt from; by name of the measurement."""
    thresholds: dict[str, float]
    """What a probability has to exceed to be an alert, by name."""
    distribution: Distribution

    def to_bytes(self) -> bytes:
        """Return the bytes of `model.json`: the same for the same content."""
        plain = msgspec.to_builtins(self)
        return (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


class _Schema(Struct, frozen=True):
    schema_version: int


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
    try:
        weights = parse(KINDS[manifest.recipe], files)
    except WeightsUnreadableError as error:
        raise BundleUnreadableError(folder / error.name, error.reason) from error
    return Bundle(folder, manifest, sha256(content)[:16], weights)


def load_sklearn(folder: Path) -> tuple[Any, Any]:
    """Return the bundle's scikit-learn objects, `(vectorizer, classifier)`; for who asks for them by name.

    A pickle can run any code, so each file is opened only after its SHA-256 matched `model.json`. That shows
    that the file belongs to the bundle, not that the bundle comes from somebody you trust. Needs dill and
    scikit-learn; those of the default recipe need this package's `training` too, and take texts where the
    talk's take lists of tokens.

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
        if schema < SCHEMA_VERSION:
            raise OlderBundleError(file, schema, SCHEMA_VERSION)
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleUnreadableError(file, str(error)) from error
    if manifest.recipe not in KINDS:
        raise BundleUnreadableError(file, f"it has the recipe {manifest.recipe!r}, not {' or '.join(KINDS)}")
    for name, threshold in manifest.thresholds.items():
        if not (THRESHOLD_NAME.fullmatch(name) and 0.0 <= threshold <= 1.0):
            raise BundleUnreadableError(file, f"{name!r} = {threshold:g} is no threshold")
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
