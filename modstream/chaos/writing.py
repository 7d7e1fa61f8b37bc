"""Where a report and its picture go; a path that cannot be written is told before anything starts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from modstream.chaos.errors import ReportNotWritableError
from modstream.chaos.report import ChaosReport
from modstream.chaos.watching import Sample


class Files(Struct, frozen=True):
    """The files that a run writes; None for one that is not wanted."""

    json: Path | None
    picture: Path | None

    def require_writable(self) -> None:
        """Return when each can be written; what is in them stays for now.

        Raises:
            ReportNotWritableError: Naming the first that cannot.
        """
        for path in (self.json, self.picture):
            if path is None:
                continue
            is_new = not path.exists()
            with _told(path), path.open("ab"):
                pass
            if is_new:
                path.unlink()

    def write(self, report: ChaosReport, samples: Sequence[Sample]) -> Iterator[Path]:
        """Write them, and yield each that is written.

        Raises:
            ReportNotWritableError: If one cannot be written after all.
        """
        from modstream.chaos.picture import draw

        if self.json is not None:
            with _told(self.json):
                self.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
            yield self.json
        if self.picture is not None:
            with _told(self.picture):
                draw(report, samples, self.picture)
            yield self.picture


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportNotWritableError(path, error.strerror or str(error)) from error
