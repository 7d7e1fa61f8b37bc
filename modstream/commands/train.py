"""`modstream train`: a model of one's own."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.report.facts import Standing
    from training.train import TrainingReport

HELP = """Train the classifier on labelled comments and write a bundle for the model service.

The file has the columns id, body and removed (0 or 1, true or false, yes or no), as CSV or NDJSON, plain,
gzip or Zstandard. Rows without a comment or a label are counted and named. The figures come from a
cross-validation: each comment's probability is that of a model that has not learnt from it; the bundle's own
model learns from all of them. The same data, version and seed give the same bytes.

The default recipe, `additive`, weighs words, phrases, pieces of words and style; `talk` is that of the
well-known demo: TF-IDF of words and logistic regression.

\b
Examples:
  modstream train --data comments.csv --out models/mine
  modstream train --data comments.csv.gz --out models/mine --recipe talk --seed 7 --cv 10 --json
  modstream train --data comments.csv --out models/mine --compare     the recipe beside ten others; minutes
  modstream sample --n 5000 --out sample.csv && modstream train --data sample.csv --out models/try
"""


class RecipeName(StrEnum):
    """What `--recipe` takes."""

    ADDITIVE = "additive"
    TALK = "talk"


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("train", help=HELP)(train_command)


def train_command(
    data: Annotated[Path, typer.Option(metavar="FILE", help="Labelled comments.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The bundle; an earlier bundle there is replaced.")
    ],
    recipe: Annotated[RecipeName, typer.Option(help="How to learn.")] = RecipeName.ADDITIVE,
    seed: Annotated[int, typer.Option(min=0, help="Decides the folds.")] = 1,
    cv: Annotated[int, typer.Option(min=2, max=100, help="Folds of the cross-validation.")] = 5,
    dill: Annotated[
        bool, typer.Option("--dill/--no-dill", help="Write the scikit-learn objects too, pickled with dill.")
    ] = True,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write report.html beside the model.")
    ] = True,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare the recipe with others by nested cross-validation.")
    ] = False,
    show_texts: Annotated[
        bool, typer.Option("--show-texts", help="Quote comments in the report, not only their ids.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Parse, train, print."""
    import msgspec

    from modstream.console import err, say
    from training.train import TrainingOptions, train

    options = TrainingOptions(data, out, seed, recipe, cv, dill, report, compare, show_texts)
    trained = train(options, on_step=lambda step: err.print(step, markup=False, style="dim"))
    if json:
        say(msgspec.json.encode(trained).decode())
        return
    for line in _lines(trained):
        say(line)
    if report:
        say(f"report: {out / 'report.html'}")


def _lines(report: "TrainingReport") -> list[str]:
    from modstream.wording import counted
    from training.evaluation import figures

    lines = [f"line {bad.line}: not a comment: {bad.reason}" for bad in report.bad_rows]
    if report.bad_row_count:
        lines.append(f"{counted(report.bad_row_count, 'row')} without a comment or a label left out")
    lines.append(f"cross-validation ({report.rows:,} comments): {figures(report.cross_validation)}")
    if report.leaderboard:
        lines.append("compared by nested cross-validation (* is the model's recipe; seconds of CPU):")
        lines += [_standing(standing) for standing in report.leaderboard]
    named = ", ".join(f"{name} {threshold:g}" for name, threshold in report.thresholds.items())
    lines.append(f"thresholds worth a try: {named}")
    lines.append(f"model {report.model_version} is in {report.out}: modstream serve --model {report.out}")
    return lines


def _standing(standing: "Standing") -> str:
    auc, precision = standing.roc_auc, standing.average_precision
    return (
        f"{'*' if standing.chosen else ' '} {standing.name:36} "
        f"ROC AUC {auc.mean:.3f} ({auc.low:.3f} to {auc.high:.3f}), "
        f"average precision {precision.mean:.3f} ({precision.low:.3f} to {precision.high:.3f}), "
        f"calibration error {standing.calibration_error:.3f}, {standing.seconds:.0f} s"
    )
