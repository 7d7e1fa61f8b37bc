"""Everything that can go wrong in training and evaluation.

TrainingError
├── DataError                 a file of comments cannot be used
│   ├── FileUnreadableError        it cannot be opened, read or decompressed
│   ├── ColumnsMissingError        it lacks a column
│   ├── TooFewCommentsError        not enough of it to learn or measure anything
│   └── NoVocabularyError          no word that enough of its comments share
├── OutputError               the bundle cannot be written where it should
├── ReportUnwritableError     the report cannot be written where it should
└── SampleUnwritableError     the synthetic comments cannot be written where they should
"""

from collections.abc import Sequence
from pathlib import Path


class TrainingError(Exception):
    """Base of the training errors."""


class DataError(TrainingError):
    """A data file is missing, unreadable or without the needed columns."""


class FileUnreadableError(DataError):
    """The file cannot be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")


class ColumnsMissingError(DataError):
    """The file has not the columns that are needed."""

    def __init__(self, path: str, missing: Sequence[str], found: Sequence[str]) -> None:
        names = ", ".join(found)[:200] or "none"
        super().__init__(
            f"{path} has no column {' and no column '.join(map(repr, missing))}; its columns: {names}"
        )


class TooFewCommentsError(DataError):
    """There is not enough to learn from, or to measure on."""

    def __init__(self, path: str, kept: int, removed: int, needed: int, bad: str = "") -> None:
        left_out = f"; rows were left out, the first at {bad}" if bad else ""
        super().__init__(
            f"{path} has {kept} kept and {removed} removed comments; at least {needed} of each are needed"
            f"{left_out}"
        )


class NoVocabularyError(DataError):
    """The comments have no words in common."""

    def __init__(self, comments: int, needed: int) -> None:
        super().__init__(f"none of the words in these {comments} comments occurs in {needed} of them or more")


class OutputError(TrainingError):
    """The bundle has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the bundle to {path}: {reason}")


class ReportUnwritableError(TrainingError):
    """The report has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the report to {path}: {reason}")


class SampleUnwritableError(TrainingError):
    """The synthetic comments have nowhere to go."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot write comments to {path}: {reason}")
