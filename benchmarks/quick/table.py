"""The comparison as Markdown. Pure."""

from collections.abc import Iterator, Sequence

from benchmarks.harness.contenders import TITLES
from benchmarks.harness.markdown import ABSENT, table
from benchmarks.quick.expected import Change, Expected, Verdict
from benchmarks.throughput.figures import Measure

HEADINGS = ("contender", "of the bare loop's", "committed", "now", "change", "tolerance", "")

NOISE = (
    "Machines are noisy: one run says little. Before you believe a change, repeat the run until three in a "
    "row say the same, with nothing else running; what is near its tolerance may take ten."
)


def lines(changes: Sequence[Change]) -> Iterator[str]:
    """Yield the lines of the table, and how much to believe of it."""
    yield ""
    yield from table(HEADINGS, [_cells(each) for each in changes])
    yield from ("", NOISE)


def remarks(expected: Expected, model_version: str, cores: int, measures: Sequence[Measure]) -> Iterator[str]:
    """Yield what makes the comparison worth less, and what is worse than slow."""
    if expected.figures and expected.model_version != model_version:
        yield (
            f"The committed figures are of another model ({expected.model_version[:8]}, now "
            f"{model_version[:8]}): the slower the scorer, the nearer all are to the bare loop."
        )
    if expected.figures and measures and expected.comments not in {each.comments for each in measures}:
        yield f"The committed figures are of {expected.comments:,} comments a round."
    if expected.figures and expected.cores != cores:
        yield f"The committed figures are of a machine with {expected.cores} cores; this one has {cores}."
    for each in measures:
        if each.lost:
            lost = f"{each.lost:,} of {each.comments:,} comments"
            yield f"{TITLES[each.contender]} lost {lost} in round {each.round}."


def is_worse(changes: Sequence[Change], measures: Sequence[Measure]) -> bool:
    """Return whether something is slower than it may be, or was lost by one of ours, or was not measured."""
    bad = {Verdict.SLOWER, Verdict.MISSING}
    return any(each.verdict in bad for each in changes) or any(
        each.lost for each in measures if each.contender.startswith("ours")
    )


def _cells(change: Change) -> tuple[str, ...]:
    verdict = str(change.verdict)
    return (
        TITLES[change.contender],
        str(change.quantity),
        _ratio(change.before),
        _ratio(change.now),
        ABSENT if change.by is None else f"{change.by:+.0%}",
        ABSENT if change.tolerance is None else f"±{change.tolerance:.0%}",
        f"**{verdict}**" if change.verdict in {Verdict.SLOWER, Verdict.FASTER} else verdict,
    )


def _ratio(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.2f}"
