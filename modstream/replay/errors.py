"""What stops `modstream replay`.

ModstreamError
└── ReplayError
    └── NoEventTimeError        `--speed` with comments that do not say when they were written
"""

from modstream.errors import ModstreamError


class ReplayError(ModstreamError):
    """Base of the errors of `modstream replay`."""


class NoEventTimeError(ReplayError):
    """A comment does not say when it was written, and the pace follows just that."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin} has no created_utc, which --speed follows: use --rate N or --rate max instead"
        )
