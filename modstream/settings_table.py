"""The table of the settings of all programs, in docs/settings.md.

`python -m modstream.settings_table` prints it, and with `--write` puts it where it belongs.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from model_service.settings import ServiceSettings
from modstream.settings import DoorSettings
from streams.kafka_security import NO_SECRET
from streams.settings import StreamSettings

PROGRAMS: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("worker", StreamSettings),
    ("service", ServiceSettings),
    ("command", DoorSettings),
)

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"


def rows() -> Iterator[str]:
    """Yield the table line by line; a setting that means the same to several programs stands once."""
    yield "| variable | default | read by | what it is |"
    yield "|---|---|---|---|"
    readers: dict[str, list[str]] = {}
    for program, settings in PROGRAMS:
        for name, found in settings.model_fields.items():
            readers.setdefault(_row(name, found), []).append(program)
    for row, programs in readers.items():
        yield row.format(programs=", ".join(programs))


def _row(name: str, found: FieldInfo) -> str:
    text = " ".join((found.description or "").split())
    return f"| `MOD_{name.upper()}` | {_shown(found.default)} | {{programs}} | {text} |"


def _shown(default: Any) -> str:
    if default in (None, "", NO_SECRET):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Path):
        package = Path(__file__).parent.parent
        if default.is_relative_to(package):
            return f"`{default.relative_to(package)}`"
        return (
            f"`~/{default.relative_to(Path.home())}`"
            if default.is_relative_to(Path.home())
            else f"`{default}`"
        )
    return f"`{default}`"


def in_page(page: str) -> str:
    """Return a page with the table in place of the one it has."""
    table = "".join(f"{row}\n" for row in rows())
    return re.sub(r"(^\|.*\n)+", lambda _: table, page, count=1, flags=re.MULTILINE)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(in_page(PAGE.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write("\n".join(rows()) + "\n")
