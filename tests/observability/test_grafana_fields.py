"""Whether Grafana's own types, in its SDK for 11.6, know each field of the dashboards."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.observability.definitions import dashboards


def lost(given: Any, kept: Any, place: str = "") -> Iterator[str]:
    """Yield what is in one document and not, or otherwise, in the other."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            yield from lost(value, kept.get(name), f"{place}.{name}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif given != kept:
        yield place


def as_grafana_has_it(dashboard: Any) -> Any:
    """Return a dashboard after a turn through Grafana's types, which pass over what they do not know."""
    register_default_plugins()
    return json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))


@pytest.mark.parametrize("name", dashboards())
def test_grafana_knows_each_field(name: str) -> None:
    dashboard = dashboards()[name]
    assert list(lost(dashboard, as_grafana_has_it(deepcopy(dashboard)))) == []


def test_misspelt_field_is_found() -> None:
    dashboard: Any = deepcopy(dashboards()["pipeline"])
    panel = next(each for each in dashboard["panels"] if each["type"] == "timeseries")
    panel["options"]["ledgend"] = panel["fieldConfig"]["defaults"]["unti"] = panel["targets"][0]["exp"] = "x"
    found = {place.split("]", 1)[1] for place in lost(dashboard, as_grafana_has_it(deepcopy(dashboard)))}
    assert found == {".options.ledgend", ".fieldConfig.defaults.unti", ".targets[0].exp"}
