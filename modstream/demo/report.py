"""What a finished demo says: the figures, the verdict, and where to look next."""

from modstream.console import out, say
from modstream.demo.options import DemoOptions, DemoReport
from modstream.demo.stack import Stack
from modstream.replay.summary import Skipped, skipped_lines
from modstream.verify.report import show as show_verdict

MIB = 1024 * 1024


def show(report: DemoReport, skipped: Skipped, stack: Stack, options: DemoOptions) -> None:
    """Print the end of the demo."""
    show_verdict(report.verification, out)
    say(
        f"{report.comments:,} comments in, {report.predictions:,} predictions, {report.alerts:,} alerts "
        f"(probability > {report.threshold:g}), {report.dead_letters:,} dead letters, "
        f"{report.lost:,} lost, {report.conflicting:,} conflicting"
    )
    for line in skipped_lines(skipped):
        say(line)
    if skipped.bad_rows:
        say(f"{skipped.bad_rows:,} bad rows of the file were skipped")
    latency = (
        ""
        if report.latency_p50_ms is None
        else f"latency {report.latency_p50_ms:.0f} ms (p99 {report.latency_p99_ms:.0f} ms), "
    )
    first = "no alert" if report.first_alert_s is None else f"first alert after {report.first_alert_s:.1f} s"
    say(
        f"{report.rate:,.0f} comments/s replayed, {latency}{first}, "
        f"peak memory {report.peak_memory_bytes / MIB:,.0f} MiB, {report.seconds:.1f} s in all"
    )
    for line in _next_steps(stack, options):
        say(line)


def _next_steps(stack: Stack, options: DemoOptions) -> list[str]:
    if not options.keep:
        return [
            "Next: 'modstream demo --keep' leaves it all running to look around. The same, piece by piece:",
            "'modstream kafka up', '... serve', '... worker', '... replay FILE' and '... verify'.",
            "Its statistics: 'modstream windows', '... windows plot --out FILE.png' and '... state show'.",
        ]
    settings = " ".join(f"{name}={value}" for name, value in stack.environment.items() if value)
    return [
        f"Everything keeps running; its logs are in {stack.logs}. Look at it with:",
        f"  export {settings}",
        "  modstream topics ls",
        "  modstream windows",
        "  modstream windows plot --out windows.png",
        "  modstream state show",
        "  modstream verify",
        "Stop it with:",
        "  modstream demo --stop",
    ]
