"""The same comments again and again: at several speeds, with several workers, killed and not.

    python -m tests.windows_matrix --comments 100000 --rows windows-matrix.ndjson

Every run ends with statistics that are final; the last record of each window and subreddit, its revision
aside, has to be the same bytes in all runs, and what `modstream windows recount` and `modstream score` give.
Takes about a minute a run for 100,000 comments on two cores; the tests run a small one.
"""

import argparse
import hashlib
import itertools
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from modstream import topic_admin
from modstream.chaos.loading import synthetic
from modstream.local_kafka import LocalKafka, free_port
from modstream.replay import AsFastAsPossible, FixedRate, Outgoing, Pace, replay
from modstream.service_process import ServiceProcess
from modstream.settings import DoorSettings
from modstream.windows.counting import of_topics
from modstream.worker_process import WorkerProcess
from streams.kafka_cluster import Cluster
from streams.records import encode
from streams.settings import StreamSettings
from streams.topics import Topics
from streams.window_records import WindowStats
from tests.integration.pipeline import THRESHOLD, Pipeline

KILL_EVERY_S = 8.0
"""On the average; a worker that takes a killed one's place needs about four of them to begin."""
SETTLED_WITHIN_S = 600.0


@dataclass(frozen=True)
class Case:
    """One run of the matrix."""

    rate: float | None
    """Comments a second; None for as fast as possible."""
    workers: int
    kills: bool

    @property
    def name(self) -> str:
        """Return what the case is called."""
        rate = "max" if self.rate is None else f"{self.rate:g}/s"
        return f"{rate}, {self.workers} worker(s){', killed' if self.kills else ''}"


@dataclass(frozen=True)
class Result:
    """What a run led to."""

    case: str
    seconds: float
    kills: int
    redelivered: int
    late: int
    rows: list[bytes]
    """The last record of each window and subreddit, without its revision, in order."""

    @property
    def digest(self) -> str:
        """Return a short name for the rows."""
        return digest_of(self.rows)


def digest_of(rows: list[bytes]) -> str:
    """Return a short name for rows."""
    return hashlib.sha256(b"\n".join(rows)).hexdigest()[:12]


class Killer(threading.Thread):
    """Kills a worker now and then, and starts another."""

    def __init__(self, workers: dict[str, WorkerProcess], pipeline: Pipeline, url: str, seed: int) -> None:
        super().__init__(daemon=True)
        self._workers = workers
        self._pipeline = pipeline
        self._url = url
        self._chance = random.Random(seed)
        self._enough = threading.Event()
        self.kills = 0

    def run(self) -> None:
        while not self._enough.wait(self._chance.uniform(0.5, 1.5) * KILL_EVERY_S):
            name = self._chance.choice(list(self._workers))
            self._workers[name].kill()
            self.kills += 1
            self._workers[name] = start(self._pipeline, self._url, name)

    def stop(self) -> None:
        self._enough.set()
        self.join()


def start(pipeline: Pipeline, url: str, name: str) -> WorkerProcess:
    """Start a worker whose windows are final soon after the last comment."""
    return pipeline.start_worker(url, MOD_INSTANCE_ID=name, MOD_IDLE_AFTER_S="3", MOD_WINDOW_UPDATE_S="1")


def run(case: Case, comments: Iterable[Outgoing], cluster: Cluster, url: str, logs: Path) -> Result:
    """Replay the comments through workers of their own."""
    topics = Topics.named(prefix=f"matrix-{uuid.uuid4().hex[:8]}-")
    topic_admin.create(cluster, topics)
    pipeline = Pipeline(cluster, topics, logs)
    began_s = time.monotonic()
    try:
        names = [f"worker-{number}" for number in range(case.workers)]
        workers = {name: start(pipeline, url, name) for name in names}
        killer = Killer(workers, pipeline, url, seed=case.workers)
        if case.kills:
            killer.start()
        pace: Pace = AsFastAsPossible() if case.rate is None else FixedRate(case.rate)
        sent = replay(comments, cluster, topics.comments.name, pace)
        assert sent.failed == 0, sent.failures
        if case.kills:
            wait_until_most_are_read(pipeline, sent.sent)
            killer.stop()
        verdict = pipeline.verify(SETTLED_WITHIN_S, windows_too=True)
        assert verdict.ok, verdict
        assert verdict.windows_open == 0, verdict
        rows = last_rows(pipeline)
        assert rows == recounted_rows(pipeline)
    finally:
        for worker in pipeline.workers:
            worker.stop()
        topic_admin.delete(cluster, topics)
    assert len(rows) == verdict.windows
    return Result(
        case.name, time.monotonic() - began_s, killer.kills, verdict.redelivered, verdict.late, rows
    )


def wait_until_most_are_read(pipeline: Pipeline, sent: int) -> None:
    """Kill until nine tenths of the comments have their prediction."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while pipeline.count(pipeline.topics.predictions) < 0.9 * sent:
        assert time.monotonic() < deadline, "the workers do not get on"
        time.sleep(0.5)


def last_rows(pipeline: Pipeline) -> list[bytes]:
    """Return the newest statistics of each window and subreddit, their revision aside."""
    newest: dict[bytes, WindowStats] = {}
    for each in pipeline.records(pipeline.topics.window_stats):
        row = msgspec.convert(each, WindowStats)
        if row.key not in newest or row.revision >= newest[row.key].revision:
            newest[row.key] = row
    return [encode(msgspec.structs.replace(newest[key], revision=0)) for key in sorted(newest)]


def recounted_rows(pipeline: Pipeline) -> list[bytes]:
    """Return what `modstream windows recount` prints, in the same order."""
    rows = of_topics(pipeline.cluster, pipeline.topics, THRESHOLD, StreamSettings().windows)
    return [encode(row) for row in sorted(rows, key=lambda row: row.key)]


def scored_rows(comments: Iterable[Outgoing], folder: Path) -> list[bytes]:
    """Return what `modstream score` gives for the same comments, in the same order."""
    given, windows = folder / "comments.ndjson", folder / "windows.ndjson"
    given.write_bytes(b"".join(each.value + b"\n" for each in comments))
    options = ["--out", str(folder / "predictions.ndjson"), "--windows", str(windows)]
    subprocess.run([sys.executable, "-m", "modstream", "score", str(given), *options], check=True)
    rows = [msgspec.json.decode(line, type=WindowStats) for line in windows.read_bytes().splitlines()]
    return [encode(row) for row in sorted(rows, key=lambda row: row.key)]


def main() -> None:
    """Run the matrix, print a line a run, and fail if two differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--rates", default="max,4000,2000", help="comments a second, with commas between")
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="write the rows here, as NDJSON")
    options = parser.parse_args()
    rates = [None if each == "max" else float(each) for each in options.rates.split(",")]
    workers = [int(each) for each in options.workers.split(",")]
    comments = list(synthetic(options.comments, options.seed))
    folder = Path(tempfile.mkdtemp(prefix="windows-matrix-"))
    results: list[Result] = []
    ports = (free_port(), free_port(), free_port())
    with (
        LocalKafka(
            folder / "kafka", free_port(), cache_dir=DoorSettings().cache_dir, die_with_parent=True
        ) as broker,
        ServiceProcess.start(None, *ports, log_file=folder / "service.log") as service,
    ):
        service.wait_ready()
        for rate, count, kills in itertools.product(rates, workers, (False, True)):
            case = Case(rate, count, kills)
            logs = folder / f"run-{len(results)}"
            logs.mkdir()
            result = run(case, comments, broker.cluster, service.http_url, logs)
            results.append(result)
            print(  # noqa: T201  this is a program
                f"{result.case}: {result.seconds:.0f} s, {result.kills} kills, "
                f"{result.redelivered:,} redelivered, {result.late:,} late, {len(result.rows)} rows, "
                f"{result.digest}",
                flush=True,
            )
    scored = scored_rows(comments, folder)
    print(f"modstream score: {len(scored)} rows, {digest_of(scored)}")  # noqa: T201
    if options.rows:
        options.rows.write_bytes(b"".join(row + b"\n" for row in results[0].rows))
    shutil.rmtree(folder)
    digests = {digest_of(scored), *(each.digest for each in results)}
    print(f"{len(results)} runs, {len(digests)} different results")  # noqa: T201
    sys.exit(len(digests) != 1)


if __name__ == "__main__":
    main()
