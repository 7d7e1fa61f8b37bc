"""Whether the settings hold together, and whether one is misspelt."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from model_service.settings import ServiceSettings
from modstream.doctor.findings import Finding, Status
from modstream.settings import DoorSettings
from modstream.settings_table import PROGRAMS
from streams.settings import StreamSettings, what_is_wrong

NAME = "settings"
PREFIX = "MOD_"

ALIKE = 0.85
"""From which likeness on an unknown name is taken for a misspelt one; 1 is the same."""


@dataclass(frozen=True)
class AllSettings:
    """What the environment says to each program."""

    worker: StreamSettings
    service: ServiceSettings
    door: DoorSettings


def read() -> AllSettings | Finding:
    """Return the settings, or what is wrong with them."""
    try:
        return AllSettings(StreamSettings(), ServiceSettings(), DoorSettings())
    except ValidationError as error:
        return Finding(NAME, Status.FAILED, what_is_wrong(error), "change these variables")


def look(environment: Mapping[str, str]) -> Finding:
    """Return what is to be said of settings that can be read."""
    known = {f"{PREFIX}{name.upper()}" for _, program in PROGRAMS for name in program.model_fields}
    given = sorted(name for name in environment if name.startswith(PREFIX))
    if meant := list(misspelt(given, known)):
        return Finding(
            NAME,
            Status.WARNING,
            "; ".join(f"{name} is unknown: is {other} meant?" for name, other in meant),
            "unknown variables change nothing; see the settings' table for their names",
        )
    own = sum(name in known for name in given)
    return Finding(NAME, Status.OK, f"{own} set, the rest at their defaults")


def misspelt(given: Collection[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that are unknown and much like a known one, with that one.

    Others may be Faust's own, which begin in the same way.
    """
    for name in given:
        if name not in known and (close := difflib.get_close_matches(name, known, n=1, cutoff=ALIKE)):
            yield name, close[0]
