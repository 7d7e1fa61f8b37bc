"""What stops `modstream replay`.

ModstreamError
└── ReplayError
    ├── TopicMissingError       the topic to send to is not on the cluster
    ├── NoEventTimeError        `--speed` with comments that do not say when they were written
    └── OptionsError            options that exclude each other, or a rate or speed that is none
"""

from modstream.errors import ModstreamError


class ReplayError(ModstreamError):
    """Base of the errors of `modstream replay`."""


class TopicMissingError(ReplayError):
    """The topic to send to does not exist."""

    def __init__(self, topic: str, bootstrap: str) -> None:
        super().__init__(
            f"there is no topic {topic} at {bootstrap}: create the topics with 'modstream topics create'"
        )


class NoEventTimeError(ReplayError):
    """A comment does not say when it was written, and the pace follows just that."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"{origin} has no created_utc, which --speed follows: use --rate N or --rate max instead"
        )


class OptionsError(ReplayError):
    """Options that make no sense, alone or together."""

    exit_code = 2
