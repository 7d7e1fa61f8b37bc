"""`modstream train`: a model of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.train import TrainingReport

HELP = """Train the classifier on labelled comments and write a bundle for the model service.

The file has the columns id, body and removed (0 or 1), as CSV or NDJSON, plain, gzip or Zstandard. Rows that
are no comments are counted and named. The figures are measured on a fifth of the comments, held out; the
bundle's model learns from all of them. The same data, version and seed give the same bytes.

\b
Examples:
  modstream train --data comments.csv --out models/mine
  modstream train --data comments.csv.gz --out models/mine --seed 7 --cv 5 --json
  modstream sample --n 5000 --out sample.csv && modstream train --data sample.csv --out models/try
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("train", help=HELP)(train_command)


def train_command(
    data: Annotated[Path, typer.Option(metavar="FILE", help="Labelled comments.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The bundle; an earlier bundle there is replaced.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Decides the split.")] = 1,
    cv: Annotated[int, typer.Option(help="Folds of a cross-validation, 0 for none.")] = 0,
    dill: Annotated[
        bool, typer.Option("--dill/--no-dill", help="Write the scikit-learn objects too, pickled with dill.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Parse, train, print."""
    if cv not in range(2, 101) and cv != 0:
        raise typer.BadParameter("--cv takes a number of folds from 2 to 100, or 0 for none")

    import msgspec

    from modstream.console import err, say
    from training.train import TrainingOptions, train

    options = TrainingOptions(data, out, seed, cv, dill)
    report = train(options, on_step=lambda step: err.print(step, markup=False, style="dim"))
    if json:
        say(msgspec.json.encode(report).decode())
        return
    for line in _lines(report):
        say(line)


def _lines(report: "TrainingReport") -> list[str]:
    from training.evaluation import figures

    lines = [f"line {bad.line}: not a comment: {bad.reason}" for bad in report.bad_rows]
    if report.bad_row_count:
        lines.append(f"{report.bad_row_count:,} rows were no comments and were left out")
    lines.append(f"held out ({report.held_out.n:,} comments): {figures(report.held_out)}")
    if report.cross_validation is not None:
        lines.append(f"cross-validation ({report.rows:,} comments): {figures(report.cross_validation)}")
    named = ", ".join(f"{name} {threshold:g}" for name, threshold in report.thresholds.items())
    lines.append(f"thresholds worth a try: {named}")
    lines.append(f"model {report.model_version} is in {report.out}: modstream serve --model {report.out}")
    return lines
