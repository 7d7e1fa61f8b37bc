"""No cluster is touched unless it was named for tests."""

from pathlib import Path

import pytest

from tests.k8s.cluster import KUBECONFIG, UP, Cluster, named_cluster


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KUBECONFIG, UP):
        monkeypatch.delenv(name, raising=False)


def test_cluster_that_kubectl_would_take_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    assert named_cluster() is None


def test_cluster_is_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KUBECONFIG, "for-tests.yaml")
    assert named_cluster() == Cluster(Path("for-tests.yaml"))


def test_cluster_is_the_one_that_the_program_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "up.sh"
    program.write_text("#!/bin/sh\necho started >&2\necho /run/kubeconfig\n")
    program.chmod(0o755)
    monkeypatch.setenv(UP, str(program))
    assert named_cluster() == Cluster(Path("/run/kubeconfig"))
