"""What takes seconds, once for the whole run: tokenizers, small models of both recipes, and their bundles."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dill
import msgspec
import pytest
import spacy

from model_service.bundle import (
    ADDITIVE,
    CLASSIFIER,
    SCHEMA_VERSION,
    TALK,
    VECTORIZER,
    CodeFacts,
    DataFacts,
    Distribution,
    Manifest,
    sha256,
)
from model_service.scorer import Scorer
from model_service.tokenizer import Tokenizer
from model_service.weights import AdditiveWeights, Weights
from model_service.weights_files import files_of
from tests.model_service.examples import SEED, make_model, make_random_additive
from training import talk, writing
from training.talk import Model


@pytest.fixture(scope="session")
def tokenize() -> Tokenizer:
    return Tokenizer()


@pytest.fixture(scope="session")
def language() -> Any:
    """Return spaCy's own, to compare with."""
    return spacy.blank("en")


@pytest.fixture(scope="session")
def model() -> Model:
    return make_model()


@pytest.fixture(scope="session")
def additive() -> AdditiveWeights:
    return make_random_additive()


@pytest.fixture(scope="session", params=[TALK, ADDITIVE])
def recipe(request: pytest.FixtureRequest) -> str:
    """Return the name of each recipe in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def weights(recipe: str, model: Model, additive: AdditiveWeights) -> Weights:
    """Return each recipe's weights in turn."""
    return model.weights if recipe == TALK else additive


@pytest.fixture(scope="session")
def scorer(weights: Weights) -> Scorer:
    """Return a scorer of each recipe in turn."""
    return Scorer(weights)


@pytest.fixture(scope="session")
def good_bundle(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a whole bundle of the talk's recipe; only to be read."""
    vectorizer, classifier = model.objects()
    pickled = {VECTORIZER: dill.dumps(vectorizer), CLASSIFIER: dill.dumps(classifier)}
    return _written(tmp_path_factory.mktemp("bundle") / "good", TALK, {**files_of(model.weights), **pickled})


@pytest.fixture(scope="session")
def additive_bundle(additive: AdditiveWeights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a whole bundle of the default recipe, without pickles; only to be read."""
    return _written(tmp_path_factory.mktemp("bundle") / "additive", ADDITIVE, files_of(additive))


@pytest.fixture
def bundle(good_bundle: Path, tmp_path: Path) -> Path:
    """Return the folder of a bundle of the test's own, to be damaged."""
    return shutil.copytree(good_bundle, tmp_path / "bundle")


def _written(folder: Path, recipe: str, files: Mapping[str, bytes]) -> Path:
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        recipe=recipe,
        code=CodeFacts("0", "0" * 64),
        data=DataFacts("0" * 64, 120, 60),
        files={name: sha256(content) for name, content in files.items()},
        parameters=talk.parameters(),
        libraries={"numpy": "1.26.4"},
        seed=SEED,
        metrics={"cross_validation": {"roc_auc": 0.5}},
        thresholds={"default": 0.5},
        distribution=Distribution(scores=[1.0], lengths=[1.0], unknown_tokens=[1.0]),
    )
    writing.write(folder, manifest.to_bytes(), files)
    assert msgspec.json.decode((folder / "model.json").read_bytes(), type=Manifest) == manifest
    return folder
