"""Which series there are to ask for: what the table in docs/metrics.md has, and what comes with it."""

import re
from collections.abc import Mapping
from functools import cache

from streams.metrics import new_registry
from tests.observability.definitions import ROOT, recordings

TABLE = ROOT / "docs" / "metrics.md"

PROMETHEUS_OWN = frozenset({"up", "ALERTS"})
OF_EVERY_TARGET = frozenset({"job", "instance"})


@cache
def labels_of() -> Mapping[str, frozenset[str]]:
    """Return the labels of each series of worker and service, by its name.

    That the table is what the worker exposes is tested beside the worker's metrics.
    """
    rows = re.findall(r"^\| `(modstream_\w+)` \| (\w+) \|([^|]*)\|", TABLE.read_text("utf-8"), re.MULTILINE)
    found: dict[str, frozenset[str]] = {}
    for name, kind, given in rows:
        labels = frozenset(re.findall(r"`(\w+)`", given)) | OF_EVERY_TARGET
        for series, more in _series(name, kind).items():
            found[series] = labels | more | found.get(series, frozenset())
    return found


def names() -> set[str]:
    """Return the name of every series that an expression may ask for."""
    of_process = {sample.name for family in new_registry().collect() for sample in family.samples}
    return {*labels_of(), *of_process, *(each.name for each in recordings()), *PROMETHEUS_OWN}


def _series(name: str, kind: str) -> dict[str, frozenset[str]]:
    if kind != "histogram":
        return {name: frozenset()}
    return {
        f"{name}_bucket": frozenset({"le"}),
        f"{name}_sum": frozenset(),
        f"{name}_count": frozenset(),
    }
