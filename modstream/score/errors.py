"""What stops `modstream score`.

ModstreamError
└── ScoreError
    ├── OutputExistsError       an output is there already
    ├── OutputUnwritableError   an output cannot be written: no such folder, disk full
    ├── RunChangedError         an interrupted run had other inputs or settings
    ├── RunDamagedError         what an interrupted run left behind is not what it says
    ├── RunBusyError            another process writes the same output
    ├── ScoringFailedError      a scoring process failed or ended
    └── PackageMissingError     an optional package, or Java, is not installed
"""

from collections.abc import Sequence
from pathlib import Path

from modstream.errors import ModstreamError


class ScoreError(ModstreamError):
    """Base of the errors of `modstream score`."""


class OutputExistsError(ScoreError):
    """An output is there already."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already: name another file, or replace it with --force")


class OutputUnwritableError(ScoreError):
    """An output cannot be written."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"cannot write {path}: {reason}")


class RunChangedError(ScoreError):
    """An interrupted run cannot be gone on with: it was another one."""

    exit_code = 2

    def __init__(self, state: Path, changed: Sequence[str]) -> None:
        super().__init__(
            f"the interrupted run of {state} differs in: {', '.join(changed)}; "
            "repeat it as it was, or begin anew with --restart"
        )


class RunDamagedError(ScoreError):
    """What an interrupted run left behind cannot be used."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} {what}: begin anew with --restart")


class RunBusyError(ScoreError):
    """Another process writes the same output."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"another process is writing {path}: wait until it has ended")


class ScoringFailedError(ScoreError):
    """A scoring process failed or ended."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"scoring failed: {reason}; the same command goes on where it stopped")


class PackageMissingError(ScoreError):
    """An optional package is not installed."""

    def __init__(self, what: str, needed: str, extra: str) -> None:
        super().__init__(f"{what} needs {needed}: pip install 'modstream[{extra}]'")
