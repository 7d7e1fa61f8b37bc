"""What a page of Markdown holds: links, the anchors of its headings, and code."""

import re
from collections import Counter
from collections.abc import Iterator

_FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$\n?", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")


def links(page: str) -> list[str]:
    """Return where a page's links lead, those in code left out."""
    return _LINK.findall(_SPAN.sub("", _FENCE.sub("", page)))


def anchors(page: str) -> set[str]:
    """Return what can follow the # in a link to a page, as GitHub has it."""
    page = _FENCE.sub("", page)
    seen: Counter[str] = Counter()
    found = set(_ANCHOR.findall(page))
    for heading in _HEADING.findall(page):
        slug = _slug(heading)
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def code(page: str) -> Iterator[str]:
    """Yield each line of a page's blocks of code, and each piece of code in its text on one line."""
    for block in _FENCE.finditer(page):
        yield from block[0].replace("\\\n", " ").splitlines()[1:-1]
    for span in _SPAN.finditer(_FENCE.sub("", page)):
        yield " ".join(span[2].split())


def _slug(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
