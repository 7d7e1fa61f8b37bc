"""What is in `observability/`, read: dashboards with their panels, and Prometheus's rules."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "observability"
PROMETHEUS = FOLDER / "prometheus"
RULE_FILES = tuple(sorted((PROMETHEUS / "rules").glob("*.yml")))
DASHBOARD_FILES = tuple(sorted((FOLDER / "grafana" / "dashboards").glob("*.json")))


@dataclass(frozen=True)
class Panel:
    """A panel of a dashboard, rows aside."""

    dashboard: str
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.dashboard} / {self.fields['title']}"

    @property
    def expressions(self) -> list[str]:
        return [each["expr"] for each in self.fields["targets"]]


@dataclass(frozen=True)
class Rule:
    """A recording rule, or an alert."""

    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields.get("alert") or self.fields["record"])

    @property
    def is_alert(self) -> bool:
        return "alert" in self.fields

    @property
    def expression(self) -> str:
        return str(self.fields["expr"])


def load_yaml(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


@cache
def dashboards() -> Mapping[str, Mapping[str, Any]]:
    """Return the dashboards by their file's name."""
    return {file.stem: json.loads(file.read_text("utf-8")) for file in DASHBOARD_FILES}


@cache
def panels() -> Sequence[Panel]:
    return tuple(_panels())


def _panels() -> Iterator[Panel]:
    for name, dashboard in dashboards().items():
        yield from (Panel(name, each) for each in dashboard["panels"] if each["type"] != "row")


@cache
def rules() -> Sequence[Rule]:
    groups = [group for file in RULE_FILES for group in load_yaml(file)["groups"]]
    return tuple(Rule(each) for group in groups for each in group["rules"])


def alerts() -> list[Rule]:
    return [each for each in rules() if each.is_alert]


def recordings() -> list[Rule]:
    return [each for each in rules() if not each.is_alert]
