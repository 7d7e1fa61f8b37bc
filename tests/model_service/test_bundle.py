"""A bundle comes back as it was written, or is refused with a sentence that names the file."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dill
import numpy as np
import pytest

from model_service.bundle import (
    CLASSIFIER,
    MANIFEST,
    VECTORIZER,
    VOCABULARY,
    WEIGHTS,
    is_bundle,
    load_bundle,
    load_sklearn,
    sha256,
)
from model_service.errors import (
    BundleError,
    BundleFileChangedError,
    BundleFileMissingError,
    BundleUnreadableError,
    NewerBundleError,
    NoBundleError,
)
from model_service.settings import BASELINE
from training.pipeline import Model

type Damage = Callable[[Path], object]


def test_bundle_comes_back_as_it_was_written(good_bundle: Path, model: Model) -> None:
    found, written = load_bundle(good_bundle).weights, model.weights()
    assert found.vocabulary == written.vocabulary
    assert np.array_equal(found.idf, written.idf)
    assert np.array_equal(found.coefficients, written.coefficients)
    assert (found.intercept, found.ngram_range) == (written.intercept, written.ngram_range)


def test_scikit_learn_objects_come_back(good_bundle: Path, model: Model) -> None:
    vectorizer, classifier = load_sklearn(good_bundle)
    assert vectorizer.vocabulary_ == model.vectorizer.vocabulary_
    assert np.array_equal(classifier.coef_, model.classifier.coef_)


def test_version_is_the_hash_of_the_manifest(good_bundle: Path) -> None:
    bundle = load_bundle(good_bundle)
    content = (good_bundle / MANIFEST).read_bytes()
    assert bundle.model_version == sha256(content)[:16]
    assert bundle.manifest.to_bytes() == content


def test_shipped_bundle_is_whole() -> None:
    assert load_bundle(BASELINE).weights.vocabulary


def test_bundle_without_the_dill_files_is_whole(bundle: Path) -> None:
    edit(bundle, files={name: digest for name, digest in files_of(bundle).items() if ".model" not in name})
    assert load_bundle(bundle).weights.vocabulary
    with pytest.raises(BundleError, match=VECTORIZER):
        load_sklearn(bundle)


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    return manifest


def files_of(folder: Path) -> dict[str, str]:
    files: dict[str, str] = manifest_of(folder)["files"]
    return files


def edit(folder: Path, **changes: Any) -> None:
    """Change fields of the manifest."""
    (folder / MANIFEST).write_text(json.dumps(manifest_of(folder) | changes))


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file, and its hash into the manifest."""
    (folder / name).write_bytes(content)
    edit(folder, files=files_of(folder) | {name: sha256(content)})


def put_weights(folder: Path, **changes: Any) -> None:
    """Write weights that differ from the good ones, and their hash into the manifest."""
    with np.load(folder / WEIGHTS) as good:
        arrays = {name: good[name] for name in good.files}
    content = io.BytesIO()
    np.savez(content, **{name: np.array(value) for name, value in {**arrays, **changes}.items()})
    put(folder, WEIGHTS, content.getvalue())


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def replace_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def words(folder: Path) -> int:
    return len(json.loads((folder / VOCABULARY).read_bytes()))


UNREADABLE: dict[str, tuple[Damage, str]] = {
    "manifest-is-no-json": (lambda b: (b / MANIFEST).write_bytes(b"{"), MANIFEST),
    "manifest-is-binary": (lambda b: (b / MANIFEST).write_bytes(b"\xff\xfe\0"), MANIFEST),
    "manifest-is-empty": (lambda b: (b / MANIFEST).write_bytes(b""), MANIFEST),
    "manifest-is-a-list": (lambda b: (b / MANIFEST).write_bytes(b"[]"), MANIFEST),
    "manifest-nested-deeply": (lambda b: (b / MANIFEST).write_bytes(b'{"a":' + b"[" * 50_000), MANIFEST),
    "manifest-is-a-folder": (lambda b: replace_by_a_folder(b / MANIFEST), MANIFEST),
    "manifest-of-another-program": (lambda b: (b / MANIFEST).write_bytes(b'{"config": []}'), MANIFEST),
    "schema-is-text": (lambda b: edit(b, schema_version="1"), MANIFEST),
    "files-are-a-list": (lambda b: edit(b, files=[]), MANIFEST),
    "no-weights-named": (lambda b: edit(b, files={VOCABULARY: files_of(b)[VOCABULARY]}), WEIGHTS),
    "no-vocabulary-named": (lambda b: edit(b, files={WEIGHTS: files_of(b)[WEIGHTS]}), VOCABULARY),
    "path-upwards": (lambda b: edit(b, files={**files_of(b), "../x": "0"}), r"\.\./x"),
    "path-absolute": (lambda b: edit(b, files={**files_of(b), "/etc/passwd": "0"}), "/etc/passwd"),
    "path-below": (lambda b: edit(b, files={**files_of(b), "a/b": "0"}), "a/b"),
    "path-of-windows": (lambda b: edit(b, files={**files_of(b), "..\\x": "0"}), "plain file name"),
    "path-is-a-dot": (lambda b: edit(b, files={**files_of(b), ".": "0"}), "plain file name"),
    "path-is-empty": (lambda b: edit(b, files={**files_of(b), "": "0"}), "plain file name"),
    "path-with-a-line-end": (lambda b: edit(b, files={**files_of(b), "a\n": "0"}), "plain file name"),
    "weights-are-a-folder": (lambda b: replace_by_a_folder(b / WEIGHTS), WEIGHTS),
    "weights-are-no-archive": (lambda b: put(b, WEIGHTS, b"rubbish"), WEIGHTS),
    "weights-are-empty": (lambda b: put(b, WEIGHTS, b""), WEIGHTS),
    "weights-cut-short": (lambda b: put(b, WEIGHTS, (b / WEIGHTS).read_bytes()[:-30]), WEIGHTS),
    "weights-are-pickled": (lambda b: put_weights(b, idf=np.array([object()], dtype=object)), WEIGHTS),
    "weights-are-text": (lambda b: put_weights(b, idf=["a"] * words(b)), WEIGHTS),
    "idf-too-short": (lambda b: put_weights(b, idf=[1.0]), WEIGHTS),
    "coefficients-too-short": (lambda b: put_weights(b, coefficients=[1.0]), WEIGHTS),
    "coefficients-of-two-classes": (lambda b: put_weights(b, coefficients=np.ones((2, words(b)))), WEIGHTS),
    "idf-is-nan": (lambda b: put_weights(b, idf=[float("nan")] * words(b)), WEIGHTS),
    "idf-is-infinite": (lambda b: put_weights(b, idf=[float("inf")] * words(b)), WEIGHTS),
    "idf-is-zero": (lambda b: put_weights(b, idf=[0.0] * words(b)), WEIGHTS),
    "coefficient-is-infinite": (lambda b: put_weights(b, coefficients=[float("inf")] * words(b)), WEIGHTS),
    "intercept-is-nan": (lambda b: put_weights(b, intercept=float("nan")), WEIGHTS),
    "intercepts-are-two": (lambda b: put_weights(b, intercept=[0.0, 1.0]), WEIGHTS),
    "phrases-of-no-word": (lambda b: put_weights(b, ngram_range=[0, 1]), WEIGHTS),
    "phrases-backwards": (lambda b: put_weights(b, ngram_range=[3, 1]), WEIGHTS),
    "phrases-without-end": (lambda b: put_weights(b, ngram_range=[1.0, float("inf")]), WEIGHTS),
    "phrases-of-one-number": (lambda b: put_weights(b, ngram_range=[1]), WEIGHTS),
    "vocabulary-is-no-json": (lambda b: put(b, VOCABULARY, b'["a"'), VOCABULARY),
    "vocabulary-holds-numbers": (lambda b: put(b, VOCABULARY, b"[1]"), VOCABULARY),
    "vocabulary-is-binary": (lambda b: put(b, VOCABULARY, b'["\xff"]'), VOCABULARY),
    "vocabulary-too-short": (lambda b: put(b, VOCABULARY, b'["a"]'), VOCABULARY),
}


@pytest.mark.parametrize(("damage", "named"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_makes_no_sense_is_refused(bundle: Path, damage: Damage, named: str) -> None:
    damage(bundle)
    with pytest.raises(BundleUnreadableError, match=named):
        load_bundle(bundle)


@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY, VECTORIZER, CLASSIFIER])
def test_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(BundleFileMissingError, match=name):
        load_bundle(bundle)


@pytest.mark.parametrize("damage", [truncate, flip_a_bit])
@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY, VECTORIZER, CLASSIFIER])
def test_changed_file_is_named(bundle: Path, name: str, damage: Damage) -> None:
    damage(bundle / name)
    with pytest.raises(BundleFileChangedError, match=name):
        load_bundle(bundle)


def test_newer_schema_is_refused_even_if_nothing_else_is_known(bundle: Path) -> None:
    (bundle / MANIFEST).write_text('{"schema_version": 2, "shape": "of things to come"}')
    with pytest.raises(NewerBundleError, match=r"schema version 2.* knows up to 1"):
        load_bundle(bundle)


@pytest.mark.parametrize("folder", ["nothing", "file", "empty"])
def test_folder_without_a_bundle_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    assert not is_bundle(tmp_path / folder)
    with pytest.raises(NoBundleError, match=folder):
        load_bundle(tmp_path / folder)


def test_every_refusal_is_a_503() -> None:
    assert {kind.status for kind in BundleError.__subclasses__()} == {503}


class Exploit:
    """Runs code when it is unpickled: makes a folder."""

    def __init__(self, sign: Path) -> None:
        self._sign = sign

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self._sign,)


@pytest.mark.parametrize("name", [VECTORIZER, CLASSIFIER])
def test_tampered_pickle_never_runs(bundle: Path, tmp_path: Path, name: str) -> None:
    (bundle / name).write_bytes(dill.dumps(Exploit(tmp_path / "ran")))
    with pytest.raises(BundleFileChangedError, match=name):
        load_sklearn(bundle)
    assert not (tmp_path / "ran").exists()


def test_pickle_runs_once_its_hash_matched(bundle: Path, tmp_path: Path) -> None:
    put(bundle, CLASSIFIER, dill.dumps(Exploit(tmp_path / "ran")))
    load_sklearn(bundle)
    assert (tmp_path / "ran").is_dir(), "else the test above shows nothing"


def test_loading_for_scoring_unpickles_nothing(bundle: Path, tmp_path: Path) -> None:
    for name in (VECTORIZER, CLASSIFIER):
        put(bundle, name, dill.dumps(Exploit(tmp_path / "ran")))
    load_bundle(bundle)
    assert not (tmp_path / "ran").exists()
