"""Files of comments, jobs over them, and engines for tests."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from model_service.bundle import load_bundle
from model_service.settings import BASELINE
from modstream.score.job import Input, Job, Model
from modstream.score.local import LocalEngine
from modstream.score.moderating import FileScorer, Scored
from modstream.score.report import ScoreReport
from modstream.score.rows import Chunk
from modstream.score.run import begun, run
from streams.windows import WindowSpec

START_S = 1_700_000_000.0
"""When comments begin to be written."""

RUN_S = START_S + 1_000_000.0
"""When they are scored."""

BODIES = (
    "Great study, thanks for the link.",
    "you are an idiot, lol",
    "Why does the <b>sun</b> shine?",
    "",
    "ok",
)


def comments(count: int) -> Iterator[dict[str, Any]]:
    """Yield comments in which everything occurs that a run treats in its own way."""
    for number in range(count):
        comment: dict[str, Any] = {
            "id": f"c{number}",
            "body": f"{BODIES[number % len(BODIES)]} {number}",
            "created_utc": START_S + number - 200 * (number % 11 == 3),
            "subreddit": ("science", "askscience", None)[number % 3],
            "removed": number % 2,
        }
        if number % 17 == 5:
            del comment["created_utc"]
        if number % 23 == 7:
            comment["author"] = 5  # not a text: no comment to the worker
        if number % 29 == 9:
            comment["created_utc"] = RUN_S + 90_000.0  # far ahead
        yield comment


def write_comments(path: Path, count: int) -> Path:
    with path.open("w") as file:
        for number, comment in enumerate(comments(count)):
            file.write(json.dumps(comment) + "\n")
            if number % 100 == 50:
                file.write("no JSON\n")
    return path


def make_job(folder: Path, *files: Path, **changes: Any) -> Job:
    job = Job(
        inputs=tuple(Input.of(str(file)) for file in files),
        out=str(folder / "predictions.ndjson"),
        alerts=str(folder / "alerts.ndjson"),
        windows=str(folder / "windows.ndjson"),
        late=str(folder / "late.ndjson"),
        topic="reddit_stream",
        partitions=4,
        threshold=0.3,
        reasons=3,
        comment_max_bytes=10_000,
        window=WindowSpec(60, 60, 60.0),
        max_ahead_s=3_600.0,
        model_version=load_bundle(BASELINE).model_version,
    )
    return msgspec.structs.replace(job, **changes)


@lru_cache(maxsize=8)
def scorer_for(job: Job, model: Model) -> FileScorer:
    return FileScorer(job, model)


class Here(LocalEngine):
    """Scores in this process; stops after some chunks if it is told to."""

    def __init__(self, job: Job, started_s: float = RUN_S, stop_after: int | None = None) -> None:
        scorer = scorer_for(job, Model(str(BASELINE), started_s))

        def answer(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Scored]]:
            for number, chunk in enumerate(chunks):
                if number == stop_after:
                    raise InterruptedRun
                yield chunk, scorer.score(chunk.items)

        super().__init__(job, answer)


class InterruptedRun(Exception):  # noqa: N818  a stand-in for a crash
    """The run is over before its end."""


@contextmanager
def unwatched(task: str, total: int) -> Iterator[Callable[[int], None]]:
    yield lambda size: None


def score(
    job: Job, *, now_s: float = RUN_S, force: bool = False, stop_after: int | None = None
) -> ScoreReport:
    state = begun(job, now_s, restart=False, force=force)
    engine = Here(job, state.started_s, stop_after)
    return run(state, engine, unwatched, save_every_s=0.0)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def records(path: Path | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
