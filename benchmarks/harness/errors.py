"""What can go wrong with a benchmark itself.

BenchmarkError               (a ModstreamError)
├── PeersMissingError        the environment with the peers is not there
├── NoOutputError            a contender gave nothing, or ended before its time
├── TooShortError            a contender was through before it could be measured
├── NothingExpectedError     there are no committed figures
├── ExpectedUnreadableError  the file with them holds something else
├── NoSuchContenderError     a name that no contender has
└── FileNotWritableError     the report or the picture cannot be written
"""

from collections.abc import Collection
from pathlib import Path

from modstream.errors import ModstreamError


class BenchmarkError(ModstreamError):
    """Base of the errors of benchmarks."""


class PeersMissingError(BenchmarkError):
    """The virtual environment of the peers is not there."""

    def __init__(self, python: Path) -> None:
        super().__init__(
            f"{python} is missing: 'make bench' and 'make bench-latency' install it; of these only "
            "'make bench' with '--only ours' needs none"
        )


class NoOutputError(BenchmarkError):
    """A contender could not be measured."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        super().__init__(f"{name} {what}; its log is {log}")


class TooShortError(BenchmarkError):
    """A run says nothing, as there were too few comments."""

    def __init__(self, name: str, comments: int) -> None:
        super().__init__(f"{comments:,} comments are too few to tell how fast {name} is; give more")


class NothingExpectedError(BenchmarkError):
    """There is nothing to compare with."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} has no figures to compare with: write them with --update, on a machine that is quiet"
        )


class NotWorthWritingError(BenchmarkError):
    """A run tells too little to be compared with."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing is written: {reason}")


class ExpectedUnreadableError(BenchmarkError):
    """The file with the committed figures is something else."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} holds no figures ({reason}): 'git checkout' it, or write it with --update")


class NoSuchContenderError(BenchmarkError):
    """Nobody has that name."""

    exit_code = 2

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(f"there is no contender {name}; there are {', '.join(known)}")


class FileNotWritableError(BenchmarkError):
    """A result has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be written: {reason}")
