"""Writes `k8s/base/rules.yaml` from Prometheus's rules: `make k8s-rules`, or `python -m tests.k8s.rules`."""

from pathlib import Path
from typing import Any

import yaml

from tests.k8s.documents import K8S

RULES = K8S.parent / "observability" / "prometheus" / "rules"
TARGET = K8S / "base" / "rules.yaml"

HEAD = "# Written by `make k8s-rules` from observability/prometheus/rules; edit those.\n"


def manifest(folder: Path) -> str:
    """Return the PrometheusRule that holds the groups of all rule files in a folder."""
    groups: list[Any] = []
    for path in sorted(folder.glob("*.yml")):
        groups += yaml.safe_load(path.read_text("utf-8"))["groups"]
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "modstream", "labels": {"app.kubernetes.io/name": "modstream"}},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    TARGET.write_text(manifest(RULES), "utf-8")
