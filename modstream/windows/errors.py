"""What stops `modstream windows`.

ModstreamError
└── WindowsError
    ├── NoWindowsError             there is nothing to draw, or nothing by that name
    ├── PictureFormatError         a picture's file name has an ending that we cannot draw
    ├── PictureNotWritableError    the picture has nowhere to go
    ├── PredictionsUnreadableError a file of predictions cannot be read
    └── NotPredictionsError        a file holds something else than predictions
"""

from collections.abc import Iterable
from pathlib import Path

from modstream.errors import ModstreamError


class WindowsError(ModstreamError):
    """Base of the errors of `modstream windows`."""


class NoWindowsError(WindowsError):
    """There is nothing to draw, or nothing of what was asked for by name."""


class PictureFormatError(WindowsError):
    """A file name has an ending that we cannot draw."""

    exit_code = 2

    def __init__(self, path: Path, endings: Iterable[str]) -> None:
        super().__init__(
            f"{path} is no picture that can be drawn: use a name that ends in {', '.join(endings)}"
        )


class PictureNotWritableError(WindowsError):
    """The picture has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write to {path}: {reason}")


class NotPredictionsError(WindowsError):
    """A line of a file is not a prediction."""

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin} is not a prediction as 'modstream score' writes them: {reason}")


class PredictionsUnreadableError(WindowsError):
    """A file of predictions cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
