"""From a labelled file to a bundle."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from model_service.bundle import (
    CLASSIFIER,
    REPORT,
    SCHEMA_VERSION,
    VECTORIZER,
    DataFacts,
    Manifest,
    sha256,
)
from model_service.weights_files import files_of
from training import provenance, writing
from training.crossing import folds_of, out_of_fold
from training.data import BadRow, CommentFile, Row, sha256_of
from training.distribution import distribution_of
from training.duplicates import groups_of
from training.errors import TooFewCommentsError
from training.evaluation import DECISION, Metrics, over_folds
from training.leaderboard import leaderboard
from training.recipes import DEFAULT, RECIPES, Model
from training.report.facts import Standing
from training.reporting import Findings, report
from training.thresholds import recommended

FEWEST_OF_EACH = 25
"""Kept and removed comments without which nothing can be learnt or measured."""

FOLDS = 5


class TrainingOptions(Struct, frozen=True):
    """What to train, and where to put it."""

    data: Path
    out: Path
    seed: int
    recipe: str = DEFAULT
    folds: int = FOLDS
    """Of the cross-validation that measures the recipe."""
    with_dill: bool = True
    """Write the scikit-learn objects too, for programs that load them."""
    with_report: bool = True
    """Write `report.html` too."""
    compare: bool = False
    """Compare the default recipe with others, for the report."""
    show_texts: bool = False
    """Quote comments in the report; without it they are named by their ids alone."""


class TrainingReport(Struct, frozen=True, kw_only=True):
    """What was trained and how good it is."""

    model_version: str
    out: str
    recipe: str
    rows: int
    bad_row_count: int
    bad_rows: list[BadRow]
    cross_validation: Metrics
    """Each comment's probability is that of a model that has not learnt from it."""
    thresholds: dict[str, float]
    """Recommended ones, by name."""
    leaderboard: list[Standing]
    """The recipes that were compared, the best first; empty if none were."""


def train(options: TrainingOptions, on_step: Callable[[str], None] = lambda step: None) -> TrainingReport:
    """Train a recipe, measure it, and write the bundle.

    The figures are those of models that have not seen the comments they are measured on; the bundle's own
    model learns from all of them.

    Raises:
        TrainingError: If the file cannot be used, or the bundle cannot be written.
    """
    writing.check_destination(options.out)
    on_step(f"reading {options.data}")
    data_hash = sha256_of(options.data)  # first, so that what cannot be read twice is refused at once
    file = CommentFile(options.data, labelled=True)
    rows = list(file)
    _require_enough(rows, max(FEWEST_OF_EACH, options.folds), file)
    findings = _findings(options, rows, on_step)
    metrics = over_folds(findings.removed, findings.crossed)
    thresholds = recommended(findings.removed, findings.crossed.probabilities)
    files = files_of(findings.model.weights)
    if options.with_dill:
        files |= _pickled(findings.model)
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        recipe=options.recipe,
        code=provenance.code(),
        data=DataFacts(data_hash, len(findings.rows), sum(findings.removed)),
        files={name: sha256(content) for name, content in files.items()},
        parameters=RECIPES[options.recipe].parameters(),
        libraries=provenance.libraries(),
        seed=options.seed,
        metrics={"cross_validation": {"folds": options.folds, **msgspec.to_builtins(metrics)}},
        thresholds={"default": DECISION, **thresholds},
        distribution=distribution_of(findings.crossed.scored),
    )
    on_step(f"writing {options.out}")
    writing.write(options.out, manifest.to_bytes(), files)
    version = sha256(manifest.to_bytes())[:16]
    if options.with_report:
        report(
            options.out / REPORT, findings, manifest, version, _command(options), options.show_texts, on_step
        )
    return TrainingReport(
        model_version=version,
        out=str(options.out),
        recipe=options.recipe,
        rows=len(findings.rows),
        bad_row_count=file.bad_count,
        bad_rows=file.bad_rows,
        cross_validation=metrics,
        thresholds=thresholds,
        leaderboard=list(findings.leaderboard),
    )


def _findings(options: TrainingOptions, rows: Sequence[Row], on_step: Callable[[str], None]) -> Findings:
    """Cross-validate, compare and fit."""
    recipe, folds, seed = RECIPES[options.recipe], options.folds, options.seed
    texts, removed = [row.body for row in rows], [bool(row.removed) for row in rows]
    groups = groups_of(texts)
    standings = (
        leaderboard(texts, removed, groups, recipe.name, folds, seed, on_step) if options.compare else []
    )
    on_step(f"cross-validating the recipe {recipe.name} on {len(rows):,} comments, {folds} folds")
    crossed = out_of_fold(recipe, texts, removed, folds_of(removed, folds, seed), seed)
    on_step("fitting on all comments")
    model = recipe.fit(recipe.read(texts), removed, seed)
    return Findings(rows, removed, crossed, model, standings, groups)


def _command(options: TrainingOptions) -> str:
    """Return what makes the same model again."""
    dill = "" if options.with_dill else " --no-dill"
    return (
        f"modstream train --data FILE --out DIR --recipe {options.recipe} --seed {options.seed} "
        f"--cv {options.folds}{dill}"
    )


def _require_enough(rows: Sequence[Row], fewest: int, file: CommentFile) -> None:
    removed = sum(bool(row.removed) for row in rows)
    if min(removed, len(rows) - removed) < fewest:
        raise TooFewCommentsError(file.path, len(rows) - removed, removed, fewest, file.first_bad)


def _pickled(model: Model) -> dict[str, bytes]:
    import dill

    vectorizer, classifier = model.objects()
    return {VECTORIZER: dill.dumps(vectorizer), CLASSIFIER: dill.dumps(classifier)}
