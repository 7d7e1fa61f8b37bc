"""What `modstream doctor` prints: a line for each check and what to do; JSON for scripts."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from rich.text import Text

from modstream.doctor.findings import Finding, Status
from streams.printable import printable

SIGNS = {Status.OK: "ok", Status.WARNING: "warning", Status.FAILED: "FAILED", Status.SKIPPED: "skipped"}
COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "bold red", Status.SKIPPED: "dim"}

NAME_WIDTH, SIGN_WIDTH = 12, 8


def line(finding: Finding) -> Text:
    """Return a finding, with what to do in a line below."""
    text = Text(f"{finding.check:<{NAME_WIDTH}}")
    text.append(f"{SIGNS[finding.status]:<{SIGN_WIDTH}}", style=COLOURS[finding.status])
    text.append(printable(finding.found))
    if finding.advice:
        text.append(f"\n{'':{NAME_WIDTH + SIGN_WIDTH}}→ {printable(finding.advice)}")
    return text


def summary(findings: Sequence[Finding]) -> str:
    """Return the last line: how many are not well."""
    failed = sum(each.status is Status.FAILED for each in findings)
    warned = sum(each.status is Status.WARNING for each in findings)
    if not failed and not warned:
        return "all is well"
    return f"{failed} failed, {warned} warned of"


def as_json(findings: Iterable[Finding]) -> str:
    """Return all of it as JSON on one line."""
    told = list(findings)
    return json.dumps({"ok": is_well(told), "findings": [asdict(each) for each in told]})


def is_well(findings: Iterable[Finding]) -> bool:
    """Return whether nothing failed."""
    return all(each.status is not Status.FAILED for each in findings)
