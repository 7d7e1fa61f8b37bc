"""The results as Markdown. Pure."""

from collections.abc import Iterator, Sequence

from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import TITLES
from benchmarks.harness.load import BEHIND_MS, Sent
from benchmarks.harness.markdown import ABSENT, number, table
from benchmarks.harness.running import BROKER, PARTS, SERVICE, WORKER
from benchmarks.latency.figures import Measure, Quantiles
from benchmarks.latency.loads import Wanted, title

HEADINGS = (
    "contender", "comments/s", "p50 ms", "p95", "p99", "max", "alerts: p50 ms", "p95", "p99", "max",
    "µs CPU worker", "service", "broker", "outputs", "sender late p99 ms",
)  # fmt: skip

INTRODUCTION = (
    "Milliseconds from the time at which a comment should have been sent to its output's append; up to 1 ms "
    "too long, as the broker tells whole milliseconds."
)
MIXES = {Mix.SEEN: "Texts that repeat.", Mix.UNSEEN: "Two words that never occurred before in each comment."}

LATE_SHARE = 0.01
"""If the sender was late with more of the comments, its lateness is in the quantiles: that is said."""


def lines(measures: Sequence[Measure]) -> Iterator[str]:
    """Yield the lines of all tables, one for each load."""
    if measures:
        yield from ("", INTRODUCTION, MIXES[measures[0].mix])
    for wanted in dict.fromkeys(each.wanted for each in measures):
        yield from ("", f"### {title(wanted)}", "")
        yield from table(HEADINGS, [_cells(each) for each in of_load(measures, wanted)])
    late = [each for each in measures if was_late(each.sent)]
    if late:
        yield ""
    for each in late:
        yield (
            f"At {each.per_s:,.0f} comments/s for {TITLES[each.contender]} the sender was more than "
            f"{BEHIND_MS:g} ms late with {each.sent.late:,} of {each.sent.comments:,} comments "
            f"(up to {each.sent.late_max_ms:,.0f} ms): part of that latency is the machine's."
        )


def of_load(measures: Sequence[Measure], wanted: Wanted) -> list[Measure]:
    """Return the measures at one load, contenders in our order."""
    names = list(TITLES)
    some = [each for each in measures if each.wanted == wanted]
    return sorted(some, key=lambda each: names.index(each.contender))


def was_late(sent: Sent) -> bool:
    """Return whether a sender fell behind its own schedule."""
    return sent.late > LATE_SHARE * sent.comments


def why_not(maximum: float | None) -> str:
    """Return why a load is left out."""
    if maximum is None:
        return "the maximum is not known"
    return f"the maximum is {maximum:,.0f} comments/s"


def _cells(measure: Measure) -> tuple[str, ...]:
    return (
        TITLES[measure.contender],
        f"{measure.per_s:,.0f}",
        *_quantiles(measure.predictions),
        *_quantiles(measure.alerts),
        *(number(measure.cpu_us, part) for part in PARTS),
        outputs(measure),
        milliseconds(measure.sent.late_p99_ms),
    )


def _quantiles(found: Quantiles | None) -> tuple[str, ...]:
    if found is None:
        return (ABSENT,) * 4
    return tuple(milliseconds(each) for each in (found.p50, found.p95, found.p99, found.max))


def milliseconds(value: float) -> str:
    """Return milliseconds with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004


def outputs(measure: Measure) -> str:
    """Return what became of the comments, and whether the contender kept up with them."""
    repeated = f", {measure.repeated:,} twice" if measure.repeated else ""
    behind = "" if measure.keeps_up else ", **falls behind**"
    if measure.lost:
        return f"**{measure.lost:,} lost**{repeated}{behind}"
    return f"all{repeated}{behind}"


def one_line(measure: Measure) -> str:
    """Return what is said of a load when it is over."""
    found = measure.predictions
    if found is None:
        told = "no predictions"
    else:
        told = ", ".join(
            f"{name} {milliseconds(value)}"
            for name, value in (("p50", found.p50), ("p99", found.p99), ("max", found.max))
        )
    cpu = ", ".join(
        f"{part} {measure.cpu_us[part]:,.0f}" for part in (WORKER, SERVICE, BROKER) if part in measure.cpu_us
    )
    late = "; the sender was late" if was_late(measure.sent) else ""
    load = f"{measure.contender}: {measure.per_s:,.0f} comments/s"
    return f"  {load}: {told} ms; µs CPU: {cpu}; {outputs(measure)}{late}"
