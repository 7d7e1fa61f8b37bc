"""Tables of Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence

ABSENT = "–"


def number(figures: Mapping[str, float], part: str) -> str:
    """Return one of the figures with as many digits as mean something, or that there is none."""
    if part not in figures:
        return ABSENT
    return f"{figures[part]:,.0f}" if figures[part] >= 10 else f"{figures[part]:.1f}"  # noqa: PLR2004


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
