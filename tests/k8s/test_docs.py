"""The page on Kubernetes says what is there."""

import re

from tests.k8s.cluster import KUBECONFIG, UP
from tests.k8s.documents import K8S, OVERLAYS

PAGE = (K8S.parent / "docs/kubernetes.md").read_text("utf-8")


def test_every_overlay_is_told() -> None:
    told = set(re.findall(r"^\| `k8s/overlays/([a-z-]+)`", PAGE, re.MULTILINE))
    assert told == {*OVERLAYS} == {each.name for each in (K8S / "overlays").iterdir()}


def test_every_path_and_link_leads_somewhere() -> None:
    paths = set(re.findall(r"(?:k8s|tests|streams)/[a-z0-9_/.-]*[a-z0-9]", PAGE))
    links = {each for each in re.findall(r"\]\(([^)#]+)", PAGE) if "://" not in each}
    assert paths
    assert links
    for each in paths:
        assert (K8S.parent / each).exists(), each
    for each in links:
        assert (K8S.parent / "docs" / each).exists(), each


def test_every_make_verb_and_test_variable_exists() -> None:
    makefile = (K8S.parent / "Makefile").read_text("utf-8")
    verbs = re.findall(r"(?:^|`)make ([a-z0-9-]+)", PAGE, re.MULTILINE)
    assert len(verbs) >= 3
    for verb in verbs:
        assert f"\n{verb}:" in makefile, verb
    assert set(re.findall(r"MOD_TEST_[A-Z_]+", PAGE)) == {KUBECONFIG, UP}
