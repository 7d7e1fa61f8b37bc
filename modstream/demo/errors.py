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


class WatcherEndedError(ModstreamError):
    """What comes out cannot be watched any more."""

    def __init__(self, reason: Exception | None) -> None:
        what = "no reason known" if reason is None else f"{type(reason).__name__}: {reason}"
        super().__init__(f"the demo can no longer read the topics ({what}); what they hold is untouched")


class ReplayFailedError(ModstreamError):
    """Not every comment of the file is on the stream."""

    def __init__(self, failed: int, first: str) -> None:
        super().__init__(f"{failed:,} comments could not be sent; the first: {first}")


class ReportNotWritableError(ModstreamError):
    """The report has nowhere to go."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write the report to {path}: {reason}")
