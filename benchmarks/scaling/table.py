"""The results as Markdown. Pure."""

from collections.abc import Iterator, Sequence

from benchmarks.harness.contenders import TITLES
from benchmarks.harness.load import BEHIND_MS
from benchmarks.harness.markdown import ABSENT, table
from benchmarks.harness.running import PARTS
from benchmarks.scaling.figures import Growth, Measure, Row
from benchmarks.scaling.memory import Slope, Soak
from benchmarks.scaling.series import SERIES, Name

TITLES_OF = {each.name: each.title for each in SERIES}

INTRODUCTION = (
    "µs of CPU time a comment, median (least to most) of the repetitions. Exponent 0: the cost stays; 1: it "
    "grows as the value does; in brackets where it is with 95 % confidence."
)


def lines(rows: Sequence[Row], growths: Sequence[Growth]) -> Iterator[str]:
    """Yield the lines of all series."""
    if rows:
        yield from ("", INTRODUCTION)
    for series in dict.fromkeys(each.series for each in rows):
        some = [each for each in rows if each.series == series]
        title = TITLES_OF[series]
        yield from ("", f"### {title[0].upper()}{title[1:]}", "")
        yield from table((TITLES_OF[series], *PARTS, "lost"), [_cells(each) for each in some])
        yield ""
        for part in PARTS:
            yield from (growth(each) for each in growths if (each.series, each.part) == (series, part))


def _cells(row: Row) -> tuple[str, ...]:
    lost = f"**{row.lost:,}**" if row.lost else "0"
    return (f"{row.value:,}", *(_cost(row, part) for part in PARTS), lost)


def _cost(row: Row, part: str) -> str:
    if part not in row.cpu_us:
        return ABSENT
    least, most = row.least_us[part], row.most_us[part]
    spread = f" ({least:,.1f} to {most:,.1f})" if least < most else ""
    return f"{row.cpu_us[part]:,.1f}{spread}"


def growth(found: Growth) -> str:
    """Return what is said of how one part's cost grows."""
    return f"- {found.part}: {power(found)}; {found.change:+.0%} from {found.first:,} to {found.last:,}"


def power(found: Growth) -> str:
    """Return an exponent with its interval, where it has one."""
    where = "" if found.low is None else f" ({found.low:+.2f} to {found.high:+.2f})"
    return f"exponent {found.exponent:+.2f}{where}"


def one_line(measure: Measure) -> str:
    """Return what is said of a measurement when it is over."""
    cpu = ", ".join(f"{part} {cost:,.1f}" for part, cost in measure.cpu_us.items())
    lost = f"; **{measure.lost:,} lost**" if measure.lost else ""
    return f"  {measure.series} {measure.value:,}: µs CPU: {cpu or 'too few comments to tell'}{lost}"


def soak_lines(soak: Soak) -> Iterator[str]:
    """Yield what is said of a soak."""
    yield ""
    yield (
        f"{TITLES[soak.contender]}: {soak.minutes:g} minutes of {soak.per_s:,.0f} comments/s, of which "
        f"{soak.warm_up_minutes:.2g} are the warm-up; {soak.outputs:,} outputs of {soak.comments:,} comments."
    )
    yield ""
    yield from table(
        ("part", "MiB after the warm-up", "MiB a minute", "with 95 % confidence"),
        [_slope(part, soak.slopes.get(part)) for part in soak.traces],
    )
    if soak.sent.late:
        yield ""
        yield (
            f"The sender was more than {BEHIND_MS:g} ms late with {soak.sent.late:,} comments "
            f"(up to {soak.sent.late_max_ms:,.0f} ms)."
        )


def _slope(part: str, found: Slope | None) -> tuple[str, ...]:
    if found is None:
        return (part, ABSENT, ABSENT, "too short to tell")
    return (
        part,
        f"{found.at_start_mib:,.1f}",
        f"{found.mib_a_minute:+.2f}",
        f"{found.low:+.2f} to {found.high:+.2f}",
    )


def title_of(series: Name) -> str:
    """Return what is varied, for a picture."""
    return TITLES_OF[series]
