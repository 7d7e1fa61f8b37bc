"""From a file to a bundle: the same bytes each time, scikit-learn's scores, and nothing overwritten."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from model_service.bundle import (
    ADDITIVE,
    CLASSIFIER,
    MANIFEST,
    REPORT,
    TALK,
    VECTORIZER,
    load_bundle,
    load_sklearn,
    sha256,
)
from model_service.scorer import Scorer
from model_service.tokenizer import Tokenizer
from tests.model_service.examples import make_texts
from training import writing
from training.crossing import folds_of, out_of_fold
from training.data import CommentFile
from training.errors import (
    ColumnsMissingError,
    FileUnreadableError,
    NoVocabularyError,
    OutputError,
    TooFewCommentsError,
)
from training.evaluation import measure, over_folds
from training.provenance import code
from training.recipes import RECIPES
from training.train import TrainingOptions, TrainingReport, train

REAL_DATA = Path(__file__).parents[3] / "shared" / "data" / "rscience_comments.csv"
"""Comments of r/science with what their moderators did; not part of this repository."""

SEED = 11
OTHER_HASH_SEED = 424242
"""Of the second process; this one's is random, unless PYTHONHASHSEED says otherwise."""


def write_csv(path: Path, texts: list[str], removed: list[bool]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "body", "removed"])
        writer.writerows([at, *row] for at, row in enumerate(zip(texts, map(int, removed), strict=True)))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_csv(tmp_path_factory.mktemp("data") / "comments.csv", *make_texts(200))
    with path.open("a") as file:
        file.write("bad,row\nbad,label,perhaps\n")
    return path


@pytest.fixture(scope="module", params=[ADDITIVE, TALK])
def trained(
    data: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> TrainingReport:
    out = tmp_path_factory.mktemp("models") / "deep" / "mine"
    return train(TrainingOptions(data, out, SEED, request.param, folds=3, with_report=False))


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from training.train import TrainingOptions, train
data, out, seed, recipe = sys.argv[1:]
train(TrainingOptions(Path(data), Path(out), int(seed), recipe, folds=3, with_report=False))
"""


def test_bundle_is_the_same_bytes_in_another_process_and_folder(
    trained: TrainingReport, data: Path, tmp_path: Path
) -> None:
    here = contents(Path(trained.out))
    assert set(here) == writing.BUNDLE_FILES - {REPORT}
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    copy = elsewhere / "other name.csv"
    copy.write_bytes(data.read_bytes())
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(copy), "relative", str(SEED), trained.recipe],
        cwd=elsewhere,
        env=os.environ | {"PYTHONHASHSEED": str(OTHER_HASH_SEED), "PYTHONPATH": str(root)},
        check=True,
    )
    assert contents(elsewhere / "relative") == here


def test_manifest_tells_neither_time_nor_place(trained: TrainingReport, data: Path) -> None:
    content = (Path(trained.out) / MANIFEST).read_text()
    for private in (str(data), data.name, trained.out, "deep", str(Path.home()), "20:"):
        assert private not in content


def test_manifest_tells_what_was_learnt_from_what(trained: TrainingReport, data: Path) -> None:
    bundle = load_bundle(Path(trained.out))
    manifest = bundle.manifest
    assert trained.model_version == bundle.model_version
    assert manifest.data.sha256 == sha256(data.read_bytes())
    assert (manifest.data.rows, trained.rows, trained.bad_row_count) == (200, 200, 2)
    assert [row.line for row in trained.bad_rows] == [202, 203]
    assert manifest.seed == SEED
    assert manifest.recipe == trained.recipe
    measured = manifest.metrics["cross_validation"]
    assert measured == {"folds": 3} | msgspec.json.decode(msgspec.json.encode(trained.cross_validation))
    assert manifest.parameters == RECIPES[trained.recipe].parameters()
    assert manifest.code == code()
    assert manifest.thresholds == {"default": 0.5, **trained.thresholds}
    for shares in msgspec.to_builtins(manifest.distribution).values():
        assert sum(shares) == pytest.approx(1.0)


def test_another_seed_has_other_folds(trained: TrainingReport, data: Path, tmp_path: Path) -> None:
    other = train(
        TrainingOptions(data, tmp_path / "other", SEED + 1, trained.recipe, folds=3, with_report=False)
    )
    assert other.cross_validation != trained.cross_validation
    assert other.model_version != trained.model_version


def test_figures_are_those_of_comments_not_learnt_from(trained: TrainingReport, data: Path) -> None:
    assert trained.cross_validation.n == 200
    assert 0.7 < trained.cross_validation.accuracy < 1, "a tenth is mislabelled"
    rows = list(CommentFile(data, labelled=True))
    removed = [bool(row.removed) for row in rows]
    texts = [row.body for row in rows]
    seen = measure(removed, Scorer(load_bundle(Path(trained.out)).weights).probabilities(texts)[:, 1])
    assert seen.roc_auc > trained.cross_validation.roc_auc, "the bundle's model has seen these comments"
    folds = folds_of(removed, 3, SEED)
    crossed = out_of_fold(RECIPES[trained.recipe], texts, removed, folds, SEED)
    assert trained.cross_validation == over_folds(removed, crossed)


def test_labels_without_a_pattern_cannot_be_guessed(tmp_path: Path) -> None:
    # Who measured on what was learnt would see a pattern in labels that were drawn at random.
    chance = np.random.default_rng(4)
    texts = [" ".join(f"word{word}" for word in chance.integers(0, 60, 12)) for _ in range(400)]
    removed = (chance.random(400) < 0.5).tolist()
    data = write_csv(tmp_path / "noise.csv", texts, removed)
    report = train(TrainingOptions(data, tmp_path / "out", SEED, with_report=False))
    assert 0.35 < report.cross_validation.roc_auc < 0.65
    assert (
        report.cross_validation.intervals["roc_auc"][0]
        < 0.5
        < report.cross_validation.intervals["roc_auc"][1]
    )


def test_loaded_bundle_scores_as_the_scikit_learn_objects(trained: TrainingReport) -> None:
    folder = Path(trained.out)
    texts = make_texts(100, seed=3)[0] + ["", "unheard", "\ud800 &amp; 😂", "SHOUT?! (you) \n\n idiot..."]
    vectorizer, classifier = load_sklearn(folder)
    taken = Tokenizer().of_all(texts) if trained.recipe == TALK else texts
    expected = classifier.predict_proba(vectorizer.transform(taken))
    assert np.abs(Scorer(load_bundle(folder).weights).probabilities(texts) - expected).max() < 1e-9


def test_dill_files_of_the_talks_recipe_name_no_module_of_ours(data: Path, tmp_path: Path) -> None:
    trained = train(TrainingOptions(data, tmp_path / "talk", SEED, TALK, with_report=False))
    for name in (VECTORIZER, CLASSIFIER):
        content = (Path(trained.out) / name).read_bytes()
        assert b"sklearn" in content
        for ours in (b"training", b"model_service"):
            assert ours not in content, "it has to load where our packages are not installed"


def test_dill_files_can_be_left_out(data: Path, tmp_path: Path) -> None:
    report = train(TrainingOptions(data, tmp_path / "out", SEED, with_dill=False, with_report=False))
    assert set(contents(tmp_path / "out")) == {"model.json", "weights.npz", "vocabulary.json"}
    assert load_bundle(tmp_path / "out").model_version == report.model_version


def test_steps_are_told(data: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    train(TrainingOptions(data, tmp_path / "out", SEED, with_dill=False), steps.append)
    assert [step.split()[0] for step in steps] == [
        *("reading", "cross-validating", "fitting", "writing", "cross-validating", "measuring", "writing")
    ]
    assert (tmp_path / "out" / REPORT).read_text().startswith("<!DOCTYPE html>")
    assert load_bundle(tmp_path / "out"), "the report is no part of the bundle"


@pytest.mark.parametrize(("kept", "removed"), [(24, 40), (40, 24), (0, 40), (40, 0), (0, 0)])
def test_too_few_comments_are_refused_with_their_numbers(tmp_path: Path, kept: int, removed: int) -> None:
    labels = [False] * kept + [True] * removed
    path = write_csv(tmp_path / "few.csv", ["some words"] * len(labels), labels)
    with pytest.raises(TooFewCommentsError, match=rf"few.csv has {kept} kept and {removed} removed.*25"):
        train(TrainingOptions(path, tmp_path / "out", SEED))
    assert not (tmp_path / "out").exists()


def test_more_folds_than_comments_of_a_kind_are_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "few.csv", ["some words"] * 60, [False, True] * 30)
    with pytest.raises(TooFewCommentsError, match="at least 31 of each"):
        train(TrainingOptions(path, tmp_path / "out", SEED, folds=31))


@pytest.mark.parametrize("text", ["", "\0", "unlike {}"], ids=["empty", "nul", "nothing-in-common"])
def test_comments_without_common_words_are_refused(tmp_path: Path, text: str) -> None:
    texts = [text.format(place) if place < 2 else f"only{place}" * bool(text) for place in range(60)]
    path = write_csv(tmp_path / "mute.csv", texts, [False, True] * 30)
    with pytest.raises(NoVocabularyError, match=r"none of the words in these \d+ comments"):
        train(TrainingOptions(path, tmp_path / "out", SEED))


def test_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match=r"nothing\.csv"):
        train(TrainingOptions(tmp_path / "nothing.csv", tmp_path / "out", SEED))
    unlabelled = tmp_path / "unlabelled.csv"
    unlabelled.write_text("id,body\n1,a\n")
    with pytest.raises(ColumnsMissingError, match="no column 'removed'"):
        train(TrainingOptions(unlabelled, tmp_path / "out", SEED))


def make_file(out: Path) -> None:
    out.write_text("mine")


def make_folder_of_files(out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("mine")


def make_model_of_another_program(out: Path) -> None:
    out.mkdir()
    (out / MANIFEST).write_text("{}")
    (out / "model.h5").write_text("mine")


def make_bundle_with_notes(out: Path) -> None:
    writing.write(out, b"{}", {})
    (out / "notes.txt").write_text("mine")


@pytest.mark.parametrize(
    "make", [make_file, make_folder_of_files, make_model_of_another_program, make_bundle_with_notes]
)
def test_nothing_but_a_bundle_is_overwritten(data: Path, tmp_path: Path, make: object) -> None:
    out = tmp_path / "precious"
    assert callable(make)
    make(out)
    before = out.read_bytes() if out.is_file() else contents(out)
    steps: list[str] = []
    with pytest.raises(OutputError, match="precious: something that is no bundle is there already"):
        train(TrainingOptions(data, out, SEED), steps.append)
    assert steps == [], "refused before the work, not after it"
    assert (out.read_bytes() if out.is_file() else contents(out)) == before


def test_destination_below_a_file_is_refused_before_the_work(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    steps: list[str] = []
    with pytest.raises(OutputError, match=r"cannot write the bundle to .*file/out: "):
        train(TrainingOptions(data, tmp_path / "file" / "out", SEED), steps.append)
    assert steps == []


def test_earlier_bundle_is_replaced_and_nothing_else_left(tmp_path: Path) -> None:
    out = tmp_path / "out"
    writing.write(out, b'{"first": 1}', {"weights.npz": b"old", "lr.model": b"old"})
    writing.write(out, b'{"second": 2}', {"weights.npz": b"new"})
    assert contents(out) == {MANIFEST: b'{"second": 2}', "weights.npz": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    writing.write(tmp_path / "out", b"{}", {})
    assert contents(tmp_path / "out") == {MANIFEST: b"{}"}


def test_link_stays_a_link_and_its_bundle_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    real, link = tmp_path / "versions" / "one", tmp_path / "current"
    writing.write(real, b"{}", {"weights.npz": b"old"})
    link.symlink_to(real)
    writing.write(link, b'{"new": 1}', {})
    assert link.is_symlink()
    assert contents(real) == {MANIFEST: b'{"new": 1}'}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["current", MANIFEST, "one", "versions"]


def test_bundle_that_cannot_be_written_leaves_the_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    writing.write(out, b'{"first": 1}', {})
    with pytest.raises(OutputError):
        writing.write(out, b'{"second": 2}', {"no/such/folder": b""})
    assert contents(out) == {MANIFEST: b'{"first": 1}'}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(
    not REAL_DATA.is_file(), reason="needs shared/data/rscience_comments.csv beside the checkout"
)
@pytest.mark.parametrize(
    ("recipe", "roc_auc", "average_precision", "calibration_error"),
    [(ADDITIVE, 0.805, 0.64, 0.03), (TALK, 0.76, 0.58, 0.05)],
)
def test_recipe_is_as_good_on_real_comments_as_it_was(
    recipe: str, roc_auc: float, average_precision: float, calibration_error: float
) -> None:
    rows = list(CommentFile(REAL_DATA, labelled=True))
    removed = [bool(row.removed) for row in rows]
    texts = [row.body for row in rows]
    found = over_folds(removed, out_of_fold(RECIPES[recipe], texts, removed, folds_of(removed, 5, seed=0), 0))
    assert found.roc_auc >= roc_auc
    assert found.average_precision >= average_precision
    assert found.expected_calibration_error <= calibration_error
