"""The page on Kubernetes says what is there."""

import re

from tests.k8s.cluster import KUBECONFIG, UP
from tests.k8s.documents import K8S, OVERLAYS

PAGE = (K8S.parent / "docs/kubernetes.md").read_text("utf-8")


def test_every_overlay_is_told() -> None:
    told = set(re.findall(r"^\| `k8s/overlays/([a-z-]+)`", PAGE, re.MULTILINE))
    assert told == {*OVERLAYS} == {each.name for each in (K8S / "overlays").iterdir()}


def test_variables_that_name_a_cluster_are_told() -> None:
    assert set(re.findall(r"MOD_TEST_[A-Z_]+", PAGE)) == {KUBECONFIG, UP}
