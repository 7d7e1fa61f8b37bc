"""What stops `modstream verify` before it has a verdict.

ModstreamError
└── VerifyError
    ├── TopicMissingError      a topic of the pipeline is not on the cluster
    ├── ReadingStalledError    the broker stopped giving records that it said it has
    └── OptionsError           options that exclude each other
"""

from modstream.errors import ModstreamError


class VerifyError(ModstreamError):
    """Base of the errors of `modstream verify`."""


class TopicMissingError(VerifyError):
    """A topic that must be read does not exist."""

    def __init__(self, topic: str, bootstrap: str) -> None:
        super().__init__(
            f"there is no topic {topic} at {bootstrap}: create the topics with 'modstream topics create', "
            "or name another prefix with MOD_TOPIC_PREFIX"
        )


class ReadingStalledError(VerifyError):
    """The broker said that records exist, and then gave none for too long."""

    def __init__(self, topic: str, partition: int, offset: int, waited_s: float) -> None:
        super().__init__(
            f"{topic}, partition {partition}: no record from offset {offset} on within {waited_s:g} s; "
            "is the broker still well?"
        )


class OptionsError(VerifyError):
    """Options that make no sense together."""

    exit_code = 2
