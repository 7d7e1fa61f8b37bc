"""The README's table of the settings of all programs: `python -m modstream.settings_table` prints it."""

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


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows()) + "\n")
