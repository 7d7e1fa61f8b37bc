"""What stops `modstream chaos` before it has a report.

ModstreamError
└── ChaosError
    ├── NoCommentsError           there is nothing to replay
    ├── ReportNotWritableError    the report or the picture has nowhere to go
    ├── MemberNotBackError        a process did not come back, however often it was started
    └── ThreadEndedError          the sender or the watcher ended with an error
"""

from pathlib import Path

from modstream.errors import ModstreamError


class ChaosError(ModstreamError):
    """Base of the errors of `modstream chaos`."""


class NoCommentsError(ChaosError):
    """There is nothing to replay."""

    def __init__(self, path: str) -> None:
        super().__init__(f"there is no comment in {path}")


class ReportNotWritableError(ChaosError):
    """The report or the picture has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write to {path}: {reason}")


class MemberNotBackError(ChaosError):
    """A process did not come back."""

    def __init__(self, name: str, tries: int, logs: Path, last_words: str = "") -> None:
        said = f" (the last it said: {last_words})" if last_words else ""
        super().__init__(f"{name} did not come back after {tries} starts{said}; see the logs in {logs}")


class ThreadEndedError(ChaosError):
    """A part of the run itself ended with an error."""

    def __init__(self, name: str, reason: Exception) -> None:
        super().__init__(f"the {name} of the chaos run ended ({type(reason).__name__}: {reason})")
