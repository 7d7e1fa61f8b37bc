"""What stops `modstream verify` before it has a verdict.

ModstreamError
└── VerifyError
    ├── ReadingStalledError    the broker stopped giving records that it said it has
    └── ReadingFailedError     the broker refused a request, or went away in the middle
"""

from modstream.errors import ModstreamError


class VerifyError(ModstreamError):
    """Base of the errors of `modstream verify`."""


class ReadingStalledError(VerifyError):
    """The broker said that records exist, and then gave none for too long."""

    def __init__(self, topic: str, partition: int, offset: int, waited_s: float) -> None:
        super().__init__(
            f"{topic}, partition {partition}: no record from offset {offset} on within {waited_s:g} s; "
            "is the broker still well?"
        )


class ReadingFailedError(VerifyError):
    """The broker refused a request, or went away in the middle."""

    def __init__(self, bootstrap: str, reason: str) -> None:
        super().__init__(
            f"the cluster at {bootstrap} could not be read to the end ({reason}): "
            "see whether it is well with 'modstream kafka status', then try again"
        )
