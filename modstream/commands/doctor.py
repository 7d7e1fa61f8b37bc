"""`modstream doctor`: what keeps the pipeline from working, and what to do."""

from typing import Annotated

import typer

HELP = """Look at one thing after another that the pipeline needs, and say what to do.

In this order: the settings, the broker's address, TLS, whether Kafka answers,
SASL, permissions (ACLs), the topics and their configuration, the model service
and its model, a round trip of one comment (--round-trip), clocks, and lag.
What needs something that failed is skipped. Nothing is changed, but for the
round trip: its comment stays on the topics, under an id that begins with
modstream-doctor-, and counts in no window, since its time is far ahead.

The exit status is 1 if something failed; warnings leave it at 0.

\b
Examples:
  modstream doctor
  modstream doctor --round-trip --within 60
  modstream doctor --for replay
  modstream doctor --json | jq '.findings[] | select(.status == "failed")'
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("doctor", help=HELP)(doctor)


def doctor(
    round_trip: Annotated[
        bool, typer.Option("--round-trip", help="Send one marked comment, and wait for its prediction.")
    ] = False,
    within: Annotated[
        float, typer.Option("--within", min=1.0, metavar="SECONDS", help="How long that may take.")
    ] = 30.0,
    program: Annotated[
        str, typer.Option("--for", metavar="PROGRAM", help="Whose permissions: worker, replay or verify.")
    ] = "worker",
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Parse, look, print."""
    import os

    from rich.text import Text

    from modstream.console import out
    from modstream.doctor import report
    from modstream.doctor.findings import Finding
    from modstream.doctor.permissions import PROGRAMS
    from modstream.doctor.run import Wish, examination
    from modstream.errors import OptionsError

    chosen = next((each for each in PROGRAMS if each == program), None)
    if chosen is None:
        raise OptionsError(f"--for {program}: use one of {', '.join(PROGRAMS)}")
    findings: list[Finding] = []
    for finding in examination(os.environ, Wish(chosen, round_trip, within)):
        findings.append(finding)
        if not json:
            out.print(report.line(finding))
    out.print(Text(report.as_json(findings) if json else report.summary(findings)))
    if not report.is_well(findings):
        raise typer.Exit(1)
