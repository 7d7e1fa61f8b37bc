"""`modstream score`: predictions, alerts and windows of files, without Kafka."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modstream.commands.options import Threshold

if TYPE_CHECKING:
    from modstream.score.job import Job, Model
    from modstream.score.run import Engine

INTERRUPTED = 130

HELP = """Score files of comments without Kafka, as the pipeline would.

Files are CSV or NDJSON, plain, gzip or Zstandard, larger than memory if need
be. The output has what the topics would have after a replay of the files onto
an empty stream: the same event ids, probabilities, alerts and windows. A
comment that cannot be scored goes to OUT.dead_letters.ndjson.

A file with its final name is whole. After Ctrl-C, a crash or a full disk the
same command goes on where it stopped, and gives the same bytes.

\b
Examples:
  modstream score comments.csv --out predictions.ndjson
  modstream score RC_2023-*.zst --out 2023.parquet --alerts alerts.ndjson
  modstream score comments.ndjson --out p.ndjson --windows windows.ndjson
  modstream score comments.csv --out p.ndjson --threshold 0.8 --json
  modstream score comments.csv --out p.ndjson --threshold precision-80
  modstream score data/*.zst --out p.ndjson --engine spark
"""


class EngineName(StrEnum):
    """What scores."""

    LOCAL = "local"
    SPARK = "spark"


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("score", help=HELP)(score_command)


def score_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files of comments.")],
    *,
    out: Annotated[str, typer.Option(metavar="FILE", help="Predictions: .ndjson or .parquet.")],
    alerts: Annotated[
        str | None, typer.Option(metavar="FILE", help="Alerts with their reasons: .ndjson.")
    ] = None,
    windows: Annotated[
        str | None, typer.Option(metavar="FILE", help="Statistics of windows (MOD_WINDOW_*): .ndjson.")
    ] = None,
    late: Annotated[
        str | None, typer.Option(metavar="FILE", help="Comments that no window counts: .ndjson.")
    ] = None,
    partitions: Annotated[
        int | None,
        typer.Option(min=1, help="As the stream has them.", show_default="MOD_TOPIC_PARTITIONS or 4"),
    ] = None,
    threshold: Threshold = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The bundle.", show_default="MOD_MODEL_DIR, or the shipped one"),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Scoring processes.", show_default="one a core")
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="What scores; spark is an extra.")] = EngineName.LOCAL,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, whatever an interrupted run has done.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace outputs that are there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,
) -> None:
    """Parse, score, print."""
    _check(files, out, alerts, windows, late, restart=restart, force=force)

    import time

    from model_service.bundle import load_bundle
    from model_service.settings import ServiceSettings
    from modstream.console import err, progress, say
    from modstream.score.job import Input, Job, Model
    from modstream.score.parquet import require_parquet
    from modstream.score.report import as_json, lines
    from modstream.score.run import begun, run
    from modstream.score.state import StateFile, is_parquet
    from modstream.settings import DoorSettings
    from modstream.thresholds import threshold_of
    from streams.settings import StreamSettings

    if is_parquet(out):
        require_parquet()
    door, settings = DoorSettings(), StreamSettings()
    folder = (model or ServiceSettings().model_dir).resolve()
    job = Job(
        inputs=tuple(Input.of(each) for each in files),
        out=out,
        alerts=alerts,
        windows=windows,
        late=late,
        topic=door.topics.comments.name,
        partitions=partitions or door.topic_partitions,
        threshold=threshold_of(threshold, folder),
        reasons=settings.reasons_per_alert,
        comment_max_bytes=settings.comment_max_bytes,
        window=settings.windows,
        max_ahead_s=settings.max_ahead_s,
        model_version=load_bundle(folder).model_version,
    )
    state = begun(job, time.time(), restart=restart, force=force)
    try:
        with _engine(engine, job, Model(str(folder), state.started_s), processes) as scoring:
            report = run(state, scoring, lambda task, size: progress(f"{task} (bytes)", total=size))
    except KeyboardInterrupt:
        kept = StateFile(out).rows()
        same = "the same command without --restart" if restart else "the same command"
        told = f"stopped; {same} goes on from here" if kept else "stopped before anything was kept"
        err.print(f"modstream: {told}", markup=False)
        raise typer.Exit(INTERRUPTED) from None
    if json:
        say(as_json(report))
    else:
        for line in lines(report):
            say(line)


@contextmanager
def _engine(name: EngineName, job: "Job", model: "Model", processes: int | None) -> "Iterator[Engine]":
    if name is EngineName.SPARK:
        from modstream.score.spark import SparkEngine, spark_session

        with spark_session(processes) as session:
            yield SparkEngine(job, model, session)
    else:
        from modstream.score.crew import crew
        from modstream.score.local import LocalEngine

        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        with crew(job, model, processes or cores) as answer:
            yield LocalEngine(job, answer)


def _check(
    files: list[str],
    out: str,
    alerts: str | None,
    windows: str | None,
    late: str | None,
    *,
    restart: bool,
    force: bool,
) -> None:
    """Raise what can be said at once, before anything that takes long is loaded."""
    from modstream.score.paths import check_absent, check_paths, output_names
    from modstream.score.state import StateFile

    outputs = output_names(out, alerts, windows, late)
    check_paths(files, outputs)
    if not force and (restart or not StateFile(out).path.exists()):  # else `begun` asks the state
        check_absent(outputs)
