"""What can go wrong in a demo."""

from pathlib import Path

from modstream.errors import ModstreamError


class NoCommentsError(ModstreamError):
    """There is nothing to replay."""

    def __init__(self, path: str) -> None:
        super().__init__(f"there is no comment in {path}")


class StalledError(ModstreamError):
    """Comments are on the stream and nothing comes out any more."""

    def __init__(self, lag: int, waited_s: float, logs: str) -> None:
        super().__init__(
            f"{lag:,} comments had no outcome after {waited_s:g} s without any; see the logs in {logs}"
        )


class ReplayFailedError(ModstreamError):
    """Not every comment of the file is on the stream."""

    def __init__(self, failed: int, first: str) -> None:
        super().__init__(f"{failed:,} comments could not be sent; the first: {first}")


class ReportNotWritableError(ModstreamError):
    """The report has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the report to {path}: {reason}")
