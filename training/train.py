"""From a labelled file to a bundle."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from sklearn.model_selection import train_test_split

from model_service.bundle import CLASSIFIER, SCHEMA_VERSION, VECTORIZER, DataFacts, Manifest, sha256
from training import pipeline, writing
from training.data import BadRow, CommentFile, sha256_of
from training.errors import TooFewCommentsError
from training.evaluation import DECISION, Metrics, mean_over_folds, measure, out_of_fold
from training.thresholds import recommended

HELD_OUT = 0.2
"""Share of the comments that the held-out figures are measured on."""

FEWEST_OF_EACH = 25
"""Kept and removed comments without which nothing can be learnt or measured."""


class TrainingOptions(Struct, frozen=True):
    """What to train, and where to put it."""

    data: Path
    out: Path
    seed: int
    folds: int = 0
    """Folds of a cross-validation of the recipe; 0 for none."""
    with_dill: bool = True
    """Write the scikit-learn objects too, for programs that load them."""


class TrainingReport(Struct, frozen=True, kw_only=True):
    """What was trained and how good it is."""

    model_version: str
    out: str
    rows: int
    bad_row_count: int
    bad_rows: list[BadRow]
    held_out: Metrics
    """Of a model that learnt from the other four fifths."""
    cross_validation: Metrics | None
    thresholds: dict[str, float]
    """Recommended ones, by name; chosen on comments that the measured model has not seen."""


def train(options: TrainingOptions, on_step: Callable[[str], None] = lambda step: None) -> TrainingReport:
    """Train the recipe, measure it, and write the bundle.

    The figures are those of a model that has not seen the comments it is measured on; the bundle's own model
    learns from all of them.

    Raises:
        TrainingError: If the file cannot be used, or the bundle cannot be written.
    """
    writing.check_destination(options.out)
    on_step(f"reading {options.data}")
    data_hash = sha256_of(options.data)  # first, so that what cannot be read twice is refused at once
    file = CommentFile(options.data, labelled=True)
    rows = list(file)
    removed = [bool(row.removed) for row in rows]
    _require_enough(options.data, removed, max(FEWEST_OF_EACH, options.folds))
    on_step(f"tokenising {len(rows):,} comments")
    tokens = pipeline.tokens_of(row.body for row in rows)
    on_step("measuring on held-out comments")
    held_out, thresholds = _held_out(tokens, removed, options.seed)
    crossed = None
    if options.folds:
        on_step(f"cross-validating, {options.folds} folds")
        told = out_of_fold(tokens, removed, options.folds, options.seed)
        crossed, thresholds = mean_over_folds(removed, told), recommended(removed, told.probabilities)
    on_step("fitting on all comments")
    model = pipeline.fit(tokens, removed, options.seed)
    files = model.weights().files()
    if options.with_dill:
        files |= _pickled(model)
    measured = {"held_out": held_out} | ({"cross_validation": crossed} if crossed else {})
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        recipe=pipeline.RECIPE,
        code_version=version("modstream"),
        data=DataFacts(data_hash, len(rows), sum(removed)),
        files={name: sha256(content) for name, content in files.items()},
        parameters=pipeline.parameters(),
        libraries=pipeline.libraries(),
        seed=options.seed,
        metrics={name: msgspec.to_builtins(each) for name, each in measured.items()},
        thresholds={"default": DECISION, **thresholds},
    ).to_bytes()
    on_step(f"writing {options.out}")
    writing.write(options.out, manifest, files)
    return TrainingReport(
        model_version=sha256(manifest)[:16],
        out=str(options.out),
        rows=len(rows),
        bad_row_count=file.bad_count,
        bad_rows=file.bad_rows,
        held_out=held_out,
        cross_validation=crossed,
        thresholds=thresholds,
    )


def _require_enough(path: Path, removed: Sequence[bool], fewest: int) -> None:
    if min(sum(removed), len(removed) - sum(removed)) < fewest:
        raise TooFewCommentsError(str(path), len(removed) - sum(removed), sum(removed), fewest)


def _held_out(
    tokens: Sequence[Sequence[str]], removed: Sequence[bool], seed: int
) -> tuple[Metrics, dict[str, float]]:
    """Return the metrics and the recommended thresholds of comments that were held out."""
    places = np.arange(len(tokens))
    learn, test = train_test_split(places, test_size=HELD_OUT, stratify=removed, random_state=seed)
    model = pipeline.fit([tokens[i] for i in learn], [removed[i] for i in learn], seed)
    truth = [removed[i] for i in test]
    probabilities = model.probabilities([tokens[i] for i in test])
    return measure(truth, probabilities), recommended(truth, probabilities)


def _pickled(model: pipeline.Model) -> dict[str, bytes]:
    import dill

    return {VECTORIZER: dill.dumps(model.vectorizer), CLASSIFIER: dill.dumps(model.classifier)}
