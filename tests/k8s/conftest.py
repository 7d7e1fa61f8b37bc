"""The manifests that each test looks at, and the cluster that some try them on."""

import shutil

import pytest

from tests.k8s.cluster import KUBECONFIG, UP, Cluster, named_cluster
from tests.k8s.documents import OVERLAYS, Document, files, rendered


@pytest.fixture(scope="session", params=["files", *OVERLAYS])
def documents(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """Return the documents of the base as its files stand, then of each overlay as kustomize renders it."""
    if request.param == "files":
        return files()
    return overlay(request.param, tmp_path_factory)


def overlay(name: str, tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """Return an overlay's documents, or skip the test where nothing renders them."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which renders overlays, is not installed")
    return rendered(name, tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Return the cluster that the environment names; without one these tests are skipped."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    found = named_cluster()
    if found is None:
        pytest.skip(f"no cluster: set {KUBECONFIG} to the kubeconfig of one for tests, or {UP}")
    return found
