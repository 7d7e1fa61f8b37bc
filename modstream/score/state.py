"""What a run that is not finished remembers: a small file beside the output."""

from pathlib import Path

import msgspec
from msgspec import Struct

from modstream.score.errors import RunChangedError, RunDamagedError
from modstream.score.job import Job, outcome_names
from modstream.score.outputs import drop, partial, replace
from modstream.score.windows import Counted

WRITTEN_LAST = ("windows", "late")
"""Outputs that an interrupted run may go on with elsewhere: they are counted when all is scored."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far the scoring is, as far as that is on disk."""

    rows: int = 0
    """Comments read."""
    offsets: tuple[int, ...] = ()
    """The next offset of each partition."""
    sizes: dict[str, int] = {}
    """Bytes of each output, by what it holds."""
    predicted: int = 0
    alerted: int = 0
    dead_lettered: int = 0
    without_time: int = 0


class State(Struct, frozen=True, kw_only=True):
    """A run that is not finished."""

    job: Job
    started_s: float
    progress: Progress
    bad_rows: int = 0
    bad_named: tuple[str, ...] = ()
    scored: bool = False
    """Whether every comment has its outcome."""
    counted: Counted | None = None
    whole: bool = False
    """Whether every output is whole, and only has to get its name."""


class StateFile:
    """Where the state of a run is kept."""

    def __init__(self, out: str) -> None:
        self.path = Path(f"{out}.state")

    def load(self, job: Job) -> State | None:
        """Return the state of an interrupted run of this job, None if there was none.

        What is written last may have other names now: the state has those of `job` then.

        Raises:
            RunBusyError: If another process is writing what has another name now.
            RunChangedError: If the interrupted run was another job.
            RunDamagedError: If the file cannot be understood.
        """
        state = self._read()
        if state is None:
            return None
        changed = [name for name in state.job.differences(job) if state.whole or name not in WRITTEN_LAST]
        if changed and state.progress.rows:
            raise RunChangedError(self.path, [_as_told(name, state.job) for name in changed])
        moved = _moved(state, job)
        return None if changed else moved  # nothing was done, such as with a file that was the wrong one

    def rows(self) -> int:
        """Return after how many comments a run would go on; 0 if it would begin anew.

        Raises:
            RunDamagedError: If the file cannot be understood.
        """
        state = self._read()
        return state.progress.rows if state else 0

    def _read(self) -> State | None:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=State)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise RunDamagedError(self.path, "cannot be read") from error

    def save(self, state: State) -> None:
        """Put the state on disk.

        Raises:
            OutputUnwritableError: If that is not possible.
        """
        replace(self.path, msgspec.json.encode(state))

    def forget(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


def _moved(state: State, job: Job) -> State:
    """Return the state with the names of `job`; what was begun under other ones is removed."""
    for name in set(outcome_names(state.job).values()) - set(outcome_names(job).values()):
        if not StateFile(name).path.exists():  # else it is the work of another run
            drop(partial(name))
    return msgspec.structs.replace(state, job=job)


def _as_told(name: str, before: Job) -> str:
    """Return a difference from an earlier job, for people; of an output, why it matters."""
    if name not in ("alerts", *WRITTEN_LAST):
        return name
    return f"{name} ({getattr(before, name) or 'the rest'} is written already, at least in part)"


def working_files(job: Job) -> dict[str, Path]:
    """Return the files that scoring adds to, by what they hold."""
    names = outcome_names(job)
    names["predictions"] = f"{job.out}.lines" if is_parquet(job.out) else job.out
    names["timed"] = f"{job.out}.timed"
    added_to = ("predictions", "timed", "alerts", "dead_letters")
    return {what: partial(names[what]) for what in added_to if what in names}


def is_parquet(name: str) -> bool:
    """Return whether a file is to be Parquet, by its ending."""
    return name.lower().endswith(".parquet")
