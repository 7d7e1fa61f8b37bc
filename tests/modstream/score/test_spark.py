"""Spark's outputs are those of the local engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_service.settings import BASELINE
from modstream.score import rows
from modstream.score import spark as spark_engine
from modstream.score.job import Job, Model
from modstream.score.run import begun, run
from modstream.score.spark import SparkEngine, spark_session
from tests.modstream.score.examples import (
    RUN_S,
    InterruptedRun,
    contents,
    make_job,
    score,
    unwatched,
    write_comments,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytest.importorskip("pyspark", reason="Spark is not installed: make test-spark")

# PySpark leaves the socket to its JVM to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def session() -> Iterator["SparkSession"]:
    with spark_session(2) as started:
        yield started


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("local", "spark"):
        (tmp_path / name).mkdir()
    return tmp_path / "local", tmp_path / "spark"


def on_spark(job: Job, session: "SparkSession") -> None:
    state = begun(job, RUN_S, restart=False, force=False)
    run(state, SparkEngine(job, Model(str(BASELINE), state.started_s), session), unwatched)


def files(folder: Path) -> tuple[Path, ...]:
    """Return files of very different sizes; the largest makes several Spark tasks."""
    empty = folder / "empty.csv"
    empty.write_text("id,body\n")
    sizes = {"few": 7, "many": 6_000, "some": 900}
    made = [write_comments(folder / f"{name}.ndjson", size) for name, size in sizes.items()]
    return (made[0], empty, *made[1:])


def test_outputs_are_those_of_the_local_engine(
    session: "SparkSession", folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_engine, "CHUNKS_OF_A_TASK", 4)
    local, spark = folders
    inputs = files(tmp_path)
    report = score(make_job(local, *inputs))
    on_spark(make_job(spark, *inputs), session)
    assert contents(spark) == contents(local)
    assert report.read == 6_907


def test_an_interrupted_local_run_goes_on_with_spark(
    session: "SparkSession", folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, spark = folders
    file = write_comments(tmp_path / "comments.ndjson", 900)
    score(make_job(local, file))
    job = make_job(spark, file)
    with monkeypatch.context() as patched, pytest.raises(InterruptedRun):
        patched.setattr(rows, "ROWS_OF_A_CHUNK", 50)  # the run ends in the middle of what is a chunk to Spark
        score(job, stop_after=3)
    on_spark(job, session)
    assert contents(spark) == contents(local)
