"""The results as Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import CONTENDERS, TITLES
from benchmarks.harness.markdown import ABSENT, number, table
from benchmarks.harness.running import BROKER, PARTS, SERVICE, WORKER
from benchmarks.throughput.figures import Row
from benchmarks.throughput.oversized import Seen

PROMISES = {each.name: each.promises for each in CONTENDERS}

HEADINGS = (
    "contender", "promises", "comments/s", "of the bare loop",
    "µs CPU worker", "service", "broker", "MiB worker", "service", "outputs",
)  # fmt: skip

TOO_SHORT = f"{ABSENT}: done in less than two seconds, or half done at the first look; take more --comments."

MIXES = {
    Mix.SEEN: "Texts that repeat; this flatters a memo of tokens, which ours, the service's and every "
    "in-process scorer here have. What new words cost is in the other table, at least for the scorer alone.",
    Mix.UNSEEN: "Two words that never occurred before in each comment.",
}


def lines(rows: Sequence[Row], seen: Sequence[Seen]) -> Iterator[str]:
    """Yield the lines of all tables."""
    for mix in Mix:
        of_mix = [row for row in rows if row.mix is mix]
        if of_mix:
            yield from ("", f"### {mix.capitalize()}", "", MIXES[mix], "")
            yield from table(HEADINGS, [_cells(row) for row in _ordered(of_mix)])
            if any(row.comments_per_s is None for row in of_mix):
                yield from ("", TOO_SHORT)
    if seen:
        yield from ("", "### When the broker refuses one output as too large", "")
        yield from table(
            ("contender", "what it does", "other comments with an output"),
            [
                (TITLES[each.contender], each.behaviour, f"{each.others_done:,} of {each.others:,}")
                for each in seen
            ],
        )


def _ordered(rows: Sequence[Row]) -> list[Row]:
    names = list(TITLES)
    return sorted(rows, key=lambda row: names.index(row.contender))


def _cells(row: Row) -> tuple[str, ...]:
    return (
        TITLES[row.contender],
        PROMISES[row.contender],
        _rate(row),
        ABSENT if row.of_limit is None else f"{row.of_limit:.2f}",
        *(number(row.cpu_us, part) for part in PARTS),
        number(row.memory_mib, WORKER),
        number(row.memory_mib, SERVICE),
        outputs(row),
    )


def _rate(row: Row) -> str:
    if row.comments_per_s is None or row.slowest is None or row.fastest is None:
        return ABSENT
    spread = f" ({row.slowest:,.0f} to {row.fastest:,.0f})" if row.rounds > 1 else ""
    return f"{row.comments_per_s:,.0f}{spread}"


def outputs(row: Row) -> str:
    """Return what became of the comments: all there, or how many are lost, in bold."""
    others = [
        f", {row.repeated:,} twice" if row.repeated else "",
        f", **{row.strange:,} of no comment**" if row.strange else "",
        f", **{row.stalled} of {row.rounds} rounds not ended**" if row.stalled else "",
    ]
    if row.lost:
        return f"{row.done:,} of {row.comments:,}, **{row.lost:,} lost**{''.join(others)}"
    return f"all {row.comments:,}{''.join(others)}"


def one_line(name: str, figures: Mapping[str, float], rate: float | None, told: str) -> str:
    """Return what is said of a turn when it is over."""
    cpu = ", ".join(f"{part} {figures[part]:,.0f}" for part in (WORKER, SERVICE, BROKER) if part in figures)
    speed = "too few comments to tell how fast" if rate is None else f"{rate:,.0f} comments/s"
    return f"  {name}: {speed}{f'; µs CPU: {cpu}' if cpu else ''}; {told}"
