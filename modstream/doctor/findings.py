"""What a check has found, and how checks follow one another: pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    """The pipeline works, and somebody should look."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not looked at: what it needs failed, or nobody asked for it."""


@dataclass(frozen=True)
class Finding:
    """What one check has found."""

    check: str
    status: Status
    found: str
    advice: str = ""
    """What to do; empty when nothing is to be done."""


type Look = Callable[[], Finding]


@dataclass(frozen=True)
class Check:
    """One thing to look at."""

    name: str
    look: Look
    needs: tuple[str, ...] = ()
    """Checks without which this one would only fail as well."""


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """Yield what each check finds, in order; one whose needs were not met is skipped."""
    unmet: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name in unmet]
        skipped = Finding(check.name, Status.SKIPPED, f"needs {missing[0]}") if missing else None
        finding = skipped or check.look()
        if finding.status in (Status.FAILED, Status.SKIPPED):
            unmet.add(check.name)
        yield finding
