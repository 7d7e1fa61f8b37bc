"""One tokenizer, one small model and its bundle for the whole run: spaCy alone takes seconds to import."""

import shutil
from pathlib import Path

import msgspec
import pytest

from model_service.bundle import SCHEMA_VERSION, DataFacts, Manifest, sha256
from model_service.tokenizer import Tokenizer
from tests.model_service.examples import SEED, make_model, make_texts
from training import pipeline, writing
from training.pipeline import Model
from training.train import _pickled


@pytest.fixture(scope="session")
def tokenize() -> Tokenizer:
    return Tokenizer()


@pytest.fixture(scope="session")
def model(tokenize: Tokenizer) -> Model:
    texts, removed = make_texts()
    return make_model([tokenize(text) for text in texts], removed)


@pytest.fixture(scope="session")
def good_bundle(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a whole bundle; only to be read."""
    files = {**model.weights().files(), **_pickled(model)}
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        recipe=pipeline.RECIPE,
        code_version="0",
        data=DataFacts("0" * 64, 120, 60),
        files={name: sha256(content) for name, content in files.items()},
        parameters=pipeline.parameters(),
        libraries=pipeline.libraries(),
        seed=SEED,
        metrics={"held_out": {"roc_auc": 0.5}},
        thresholds={"default": 0.5},
    )
    folder = tmp_path_factory.mktemp("bundle") / "good"
    writing.write(folder, manifest.to_bytes(), files)
    assert msgspec.json.decode((folder / "model.json").read_bytes(), type=Manifest) == manifest
    return folder


@pytest.fixture
def bundle(good_bundle: Path, tmp_path: Path) -> Path:
    """Return the folder of a bundle of the test's own, to be damaged."""
    return shutil.copytree(good_bundle, tmp_path / "bundle")
