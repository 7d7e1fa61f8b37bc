"""A bundle comes back as it was written, or is refused with a sentence that names the file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dill
import msgspec
import numpy as np
import pytest

from model_service.bundle import (
    ADDITIVE,
    CLASSIFIER,
    MANIFEST,
    SCHEMA_VERSION,
    TALK,
    VECTORIZER,
    Manifest,
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
    OlderBundleError,
)
from model_service.settings import BASELINE
from model_service.weights import AdditiveWeights, TfidfWeights
from model_service.weights_files import VOCABULARY, WEIGHTS
from training.talk import Model

type Damage = Callable[[Path], object]


def test_bundle_of_the_talks_recipe_comes_back_as_it_was_written(good_bundle: Path, model: Model) -> None:
    found, written = load_bundle(good_bundle).weights, model.weights
    assert isinstance(found, TfidfWeights)
    assert found.vocabulary == written.vocabulary
    assert np.array_equal(found.idf, written.idf)
    assert np.array_equal(found.coefficients, written.coefficients)
    assert found.intercept == written.intercept


def test_bundle_of_the_default_recipe_comes_back_as_it_was_written(
    additive_bundle: Path, additive: AdditiveWeights
) -> None:
    found = load_bundle(additive_bundle).weights
    assert isinstance(found, AdditiveWeights)
    for name, value in msgspec.structs.asdict(additive).items():
        assert np.array_equal(getattr(found, name), value)


def test_scikit_learn_objects_come_back(good_bundle: Path, model: Model) -> None:
    vectorizer, classifier = load_sklearn(good_bundle)
    assert vectorizer.vocabulary_ == model.vectorizer.vocabulary_
    assert np.array_equal(classifier.coef_, model.classifier.coef_)


def test_version_is_the_hash_of_the_manifest(good_bundle: Path) -> None:
    bundle = load_bundle(good_bundle)
    content = (good_bundle / MANIFEST).read_bytes()
    assert bundle.model_version == sha256(content)[:16]
    assert bundle.manifest.to_bytes() == content


def test_manifest_has_the_same_bytes_in_whatever_order_it_was_filled(good_bundle: Path) -> None:
    manifest = load_bundle(good_bundle).manifest
    turned = msgspec.structs.replace(manifest, files=dict(reversed(manifest.files.items())))
    assert turned.to_bytes() == manifest.to_bytes()


def test_shipped_bundle_is_whole() -> None:
    assert load_bundle(BASELINE).manifest.recipe == ADDITIVE


def test_bundle_without_the_dill_files_is_whole(bundle: Path) -> None:
    edit(bundle, files={name: digest for name, digest in files_of(bundle).items() if ".model" not in name})
    (bundle / VECTORIZER).unlink()
    (bundle / CLASSIFIER).unlink()
    assert load_bundle(bundle).manifest.files.keys() == {WEIGHTS, VOCABULARY}
    with pytest.raises(BundleError, match=VECTORIZER):
        load_sklearn(bundle)


def test_what_is_not_named_does_not_matter(bundle: Path) -> None:
    (bundle / "report.html").write_text("for people")
    assert load_bundle(bundle).model_version == sha256((bundle / MANIFEST).read_bytes())[:16]


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    return manifest


def files_of(folder: Path) -> dict[str, str]:
    files: dict[str, str] = manifest_of(folder)["files"]
    return files


def edit(folder: Path, **changes: Any) -> None:
    """Change fields of the manifest."""
    (folder / MANIFEST).write_text(json.dumps(manifest_of(folder) | changes))


def drop(folder: Path, field: str) -> None:
    """Leave a field out of the manifest."""
    manifest = manifest_of(folder)
    del manifest[field]
    (folder / MANIFEST).write_text(json.dumps(manifest))


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file, and its hash into the manifest."""
    (folder / name).write_bytes(content)
    edit(folder, files=files_of(folder) | {name: sha256(content)})


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def replace_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


UNREADABLE: dict[str, tuple[Damage, str]] = {
    "manifest-is-no-json": (lambda b: (b / MANIFEST).write_bytes(b"{"), MANIFEST),
    "manifest-is-binary": (lambda b: (b / MANIFEST).write_bytes(b"\xff\xfe\0"), MANIFEST),
    "manifest-is-empty": (lambda b: (b / MANIFEST).write_bytes(b""), MANIFEST),
    "manifest-is-a-list": (lambda b: (b / MANIFEST).write_bytes(b"[]"), MANIFEST),
    "manifest-nested-deeply": (lambda b: (b / MANIFEST).write_bytes(b'{"a":' + b"[" * 50_000), MANIFEST),
    "manifest-is-a-folder": (lambda b: replace_by_a_folder(b / MANIFEST), MANIFEST),
    "manifest-of-another-program": (lambda b: (b / MANIFEST).write_bytes(b'{"config": []}'), MANIFEST),
    "schema-is-text": (lambda b: edit(b, schema_version="1"), MANIFEST),
    "schema-is-missing": (lambda b: edit(b, schema_version=None), MANIFEST),
    "field-is-missing": (lambda b: drop(b, "distribution"), f"{MANIFEST}.*distribution"),
    "threshold-is-text": (lambda b: edit(b, thresholds={"default": "high"}), f"{MANIFEST}.*thresholds"),
    "threshold-is-no-probability": (lambda b: edit(b, thresholds={"high": 7.0}), f"{MANIFEST}.*'high' = 7"),
    "threshold-has-a-strange-name": (lambda b: edit(b, thresholds={"a b": 0.5}), f"{MANIFEST}.*'a b'"),
    "recipe-is-unknown": (lambda b: edit(b, recipe="magic"), f"{MANIFEST}.*'magic', not talk or additive"),
    "recipe-is-another": (lambda b: edit(b, recipe=ADDITIVE), f"{VOCABULARY}.*phrases"),
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
    "vocabulary-is-no-json": (lambda b: put(b, VOCABULARY, b'["a"'), VOCABULARY),
    "vocabulary-too-short": (lambda b: put(b, VOCABULARY, b'{"vocabulary":["a"]}'), WEIGHTS),
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
    (bundle / MANIFEST).write_text('{"schema_version": 3, "shape": "of things to come"}')
    with pytest.raises(NewerBundleError, match=rf"{MANIFEST} has schema version 3.* up to {SCHEMA_VERSION}"):
        load_bundle(bundle)


@pytest.mark.parametrize("version", [1, 0, -1])
def test_older_schema_is_refused_with_what_to_do(bundle: Path, version: int) -> None:
    (bundle / MANIFEST).write_text(f'{{"schema_version": {version}, "code_version": "0.1.0"}}')
    with pytest.raises(OlderBundleError, match=rf"{MANIFEST} has schema version {version}.* train .* again"):
        load_bundle(bundle)
    with pytest.raises(OlderBundleError):
        load_sklearn(bundle)


def test_unknown_fields_of_the_manifest_are_passed_over(bundle: Path) -> None:
    edit(bundle, mood="fine")
    manifest = load_bundle(bundle).manifest
    assert (manifest.recipe, type(manifest)) == (TALK, Manifest)


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
