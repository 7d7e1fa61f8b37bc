"""The PrometheusRule is made of Prometheus's own rule files."""

import re
from pathlib import Path

import yaml

from tests.k8s.documents import K8S
from tests.k8s.rules import RULES, TARGET, manifest

METRIC = re.compile(r"\bmodstream_[a-z_]+")
PART = re.compile(r"_(bucket|sum|count)$")
"""Of a histogram."""


def test_rules_are_those_of_prometheus() -> None:
    assert [*RULES.glob("*.yml")], f"no rules in {RULES}"
    assert TARGET.read_text("utf-8") == manifest(RULES), "write it again: make k8s-rules"


def test_groups_of_all_files_are_in_one_manifest(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("groups: [{name: later, rules: []}]")
    (tmp_path / "a.yml").write_text("# why\ngroups: [{name: first, rules: [{record: x, expr: up > 1}]}]")
    assert yaml.safe_load(manifest(tmp_path))["spec"]["groups"] == [
        {"name": "first", "rules": [{"record": "x", "expr": "up > 1"}]},
        {"name": "later", "rules": []},
    ]


def test_rules_name_only_metrics_that_there_are() -> None:
    assert unknown_metrics(TARGET.read_text("utf-8")) == set()


def test_metric_that_there_is_not_is_seen() -> None:
    text = "rate(modstream_stage_seconds_bucket[5m]) > modstream_lag_coments and modstream:lag:sum"
    assert unknown_metrics(text) == {"modstream_lag_coments"}


def unknown_metrics(text: str) -> set[str]:
    """Return the metrics in a text that are not in `docs/metrics.md`; a test compares that with the code."""
    table = set(METRIC.findall((K8S.parent / "docs/metrics.md").read_text("utf-8")))
    return {name for name in METRIC.findall(text) if {name, PART.sub("", name)}.isdisjoint(table)}
