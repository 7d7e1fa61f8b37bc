"""A run from its beginning, or from where an earlier one was interrupted, to whole outputs.

1. Comments are scored; predictions, alerts and dead letters grow in partial files. From time to time those
   are synced, and then the state that says how far they are.
2. Windows are counted from the predictions. 3. A Parquet file is made of them.
4. When all is on disk the state says so, and the partial files get their names.

A run that is killed in 1. goes on from the last state; 2. and 3. begin again; 4. is gone on with.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from modstream.score.job import Job, outcome_names
from modstream.score.moderating import Scored
from modstream.score.outputs import Growing, growing, partial, sync_folder, writing
from modstream.score.parquet import write_parquet
from modstream.score.paths import check_absent
from modstream.score.report import ScoreReport
from modstream.score.rows import Chunk
from modstream.score.state import Progress, State, StateFile, is_parquet, working_files
from modstream.score.windows import count_windows

SAVE_EVERY_S = 1.0
"""A run that is killed has at most about so many seconds to do again."""


type Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Begins to show a task of so many bytes; yields a function to call with each further number done."""


class Engine(Protocol):
    """Reads and scores the files of a job."""

    def results(self, progress: Progress) -> Iterator[tuple[Chunk, Scored]]:
        """Yield the outcomes of what comes after `progress`, in the order of the files."""
        ...

    @property
    def bad_rows(self) -> int:
        """Return how many rows of all files were no comments, once all results have been taken."""
        ...

    @property
    def bad_named(self) -> Sequence[str]:
        """Return the first of them."""
        ...


def begun(job: Job, now_s: float, *, restart: bool, force: bool) -> State:
    """Return the state to go on from: that of an interrupted run of this job, or a new one.

    Args:
        job: What is to be done.
        now_s: The time, for a new run.
        restart: Whether to drop what an interrupted run has done.
        force: Whether outputs that are there are to be replaced.

    Raises:
        RunChangedError: If an interrupted run was another job.
        OutputExistsError: If an output is there.
    """
    kept = StateFile(job.out)
    state = None if restart else kept.load(job)
    if state is None:
        state = State(job=job, started_s=now_s, progress=Progress(offsets=(0,) * job.partitions))
    if not (state.whole or force):
        check_absent(outcome_names(job))
    return state


def run(
    state: State,
    engine: Engine,
    watch: Watch,
    *,
    save_every_s: float = SAVE_EVERY_S,
    clock: Callable[[], float] = time.monotonic,
) -> ScoreReport:
    """Do what is left of a run, and return the account of all of it.

    Args:
        state: Where to go on, from `begun`.
        engine: Reads and scores; another one may go on with what this one began.
        watch: Is told how far the run is.
        save_every_s: Seconds between two states on disk.
        clock: Seconds on a clock that only goes forward.

    Raises:
        ScoreError: If an output cannot be written or the scoring fails.
        DataError: If a file cannot be read.
    """
    began_s = clock()
    before = state.progress.rows
    kept = StateFile(state.job.out)
    if not state.scored:
        scoring = Scoring(state, kept, save_every_s, clock)
        state = scoring.score(engine, watch)  # 1.
    return finish(state, watch, before, lambda: clock() - began_s)


def finish(state: State, watch: Watch, before: int, seconds: Callable[[], float]) -> ScoreReport:
    """Turn what has been scored into whole outputs, and return the account."""
    job, kept = state.job, StateFile(state.job.out)
    if not state.whole:
        files = working_files(job)
        predictions, size = files["predictions"], state.progress.sizes["predictions"]
        if job.windows or job.late:
            with watch("counting windows", size) as advance:  # 2.
                counted = count_windows(job, predictions, files["timed"], state.started_s, advance)
            state = replace(state, counted=counted)
        if is_parquet(job.out):
            with watch("writing Parquet", size) as advance:  # 3.
                write_parquet(predictions, partial(job.out), advance)
        state = replace(state, whole=True)
        kept.save(state)
    outputs = _named(state)  # 4.
    kept.forget()
    return _report(state, before, seconds(), outputs)


class Scoring:
    """The first part of a run: every comment gets its outcome."""

    def __init__(
        self, state: State, kept: StateFile, save_every_s: float, clock: Callable[[], float]
    ) -> None:
        self._state = state
        self._kept = kept
        self._save_every_s = save_every_s
        self._clock = clock
        self._saved_s = clock()

    def score(self, engine: Engine, watch: Watch) -> State:
        """Score what is left; return the state after it, which is on disk."""
        job = self._state.job
        total, told = sum(each.size for each in job.inputs), 0
        progress = self._state.progress
        with growing(working_files(job), progress.sizes) as files, watch("scoring", total) as advance:
            self._save(files, progress)  # what is there belongs to this job from here on
            for chunk, scored in engine.results(progress):
                progress = _after(progress, chunk, scored)
                _write(files, scored)
                advance(chunk.position - told)
                told = chunk.position
                if self._clock() - self._saved_s >= self._save_every_s:
                    self._save(files, progress)
            advance(total - told)  # what comes after the last comment
            self._state = replace(
                self._state, scored=True, bad_rows=engine.bad_rows, bad_named=tuple(engine.bad_named)
            )
            self._save(files, progress)
        return self._state

    def _save(self, files: dict[str, Growing], progress: Progress) -> None:
        for file in files.values():
            file.sync()
        sizes = {what: file.size for what, file in files.items()}
        self._state = replace(self._state, progress=replace(progress, sizes=sizes))
        self._kept.save(self._state)
        self._saved_s = self._clock()


def _after(progress: Progress, chunk: Chunk, scored: Scored) -> Progress:
    return replace(
        progress,
        rows=chunk.rows,
        offsets=chunk.offsets,
        predicted=progress.predicted + scored.predicted,
        alerted=progress.alerted + scored.alerted,
        dead_lettered=progress.dead_lettered + scored.dead_lettered,
        without_time=progress.without_time + scored.without_time,
    )


def _write(files: dict[str, Growing], scored: Scored) -> None:
    for what, file in files.items():
        file.write(getattr(scored, what))


def _named(state: State) -> dict[str, str]:
    """Give whole outputs their names, remove what only the work needed; return what there is.

    It may have been done in part before.
    """
    names = outcome_names(state.job)
    if not state.progress.dead_lettered:
        none = Path(names.pop("dead_letters"))
        none.unlink(missing_ok=True)  # of an earlier run that this one replaces
        partial(none).unlink(missing_ok=True)
    for name in names.values():
        with writing(name):
            if partial(name).exists():
                partial(name).replace(name)
            sync_folder(Path(name).parent)
    for path in working_files(state.job).values():
        path.unlink(missing_ok=True)
    return names


def _report(state: State, before: int, seconds: float, outputs: dict[str, str]) -> ScoreReport:
    progress, counted = state.progress, state.counted
    return ScoreReport(
        read=progress.rows,
        predicted=progress.predicted,
        alerts=progress.alerted,
        dead_lettered=progress.dead_lettered,
        without_time=progress.without_time,
        windows=counted.rows if counted else None,
        late=counted.late if counted else None,
        ahead=counted.ahead if counted else None,
        bad_rows=state.bad_rows,
        bad_named=state.bad_named,
        resumed_at=before,
        seconds=seconds,
        rate=(progress.rows - before) / seconds if seconds else 0.0,
        model_version=state.job.model_version,
        outputs=outputs,
    )
