"""The PrometheusRule is made of Prometheus's own rule files."""

from pathlib import Path

import yaml

from tests.k8s.rules import RULES, TARGET, manifest


def test_rules_are_those_of_prometheus() -> None:
    written = TARGET.read_text("utf-8")
    if [*RULES.glob("*.yml")]:
        assert written == manifest(RULES), "write it again: make k8s-rules"
    else:
        assert yaml.safe_load(written)["spec"] == {"groups": []}, "rules, but no files that they come from"


def test_groups_of_all_files_are_in_one_manifest(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("groups: [{name: later, rules: []}]")
    (tmp_path / "a.yml").write_text("# why\ngroups: [{name: first, rules: [{record: x, expr: up > 1}]}]")
    assert yaml.safe_load(manifest(tmp_path))["spec"]["groups"] == [
        {"name": "first", "rules": [{"record": "x", "expr": "up > 1"}]},
        {"name": "later", "rules": []},
    ]
