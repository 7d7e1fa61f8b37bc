"""A real API server takes every overlay, and what it says rolls out; `make test-k8s`."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.k8s.cluster import Cluster, Namespaces
from tests.k8s.documents import OVERLAYS, Document, kustomized, of_kind, pods, rendered
from tests.k8s.operators_pod import as_the_operator_makes

ROLLED_OUT_WITHIN = "--timeout=120s"


class Deployed(NamedTuple):
    """An overlay on the cluster."""

    cluster: Cluster
    namespaces: Namespaces
    documents: list[Document]


@pytest.fixture(scope="module", params=OVERLAYS)
def deployed(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """Yield an overlay that the API server took, in namespaces of its own; deleted after the tests."""
    with deploying(cluster, rendered(request.param, tmp_path_factory.mktemp(request.param))) as taken:
        yield taken


@contextlib.contextmanager
def deploying(cluster: Cluster, documents: list[Document], side: str = "server") -> Iterator[Deployed]:
    """Yield documents on the cluster, in namespaces of their own that are deleted in the end."""
    namespaces = Namespaces.new()
    moved = [namespaces.moved(each) for each in documents]
    cluster.done("create", "namespace", namespaces.kafka)
    try:
        applied = cluster.apply(moved, side=side)
        assert (applied.returncode, applied.stderr) == (0, "")
        yield Deployed(cluster, namespaces, moved)
    finally:
        cluster.delete(namespaces)


def test_cluster_has_what_the_overlay_says(deployed: Deployed) -> None:
    assert deployed.cluster.changes(deployed.documents) == ""


def test_workloads_roll_out_under_restricted_pod_security(deployed: Deployed) -> None:
    namespace = f"--namespace={deployed.namespaces.modstream}"
    for workload in of_kind(deployed.documents, "StatefulSet", "Deployment"):
        name = f"{workload['kind'].lower()}/{workload['metadata']['name']}"
        deployed.cluster.done("rollout", "status", name, namespace, ROLLED_OUT_WITHIN)
    running = [
        each["spec"]["serviceAccountName"]
        for each in deployed.cluster.found("pods", deployed.namespaces.modstream)
        if each["status"]["phase"] == "Running"
    ]
    plain = bool(of_kind(deployed.documents, "Deployment"))
    assert {*running} == ({"worker", "model"} if plain else {"worker"})


def test_pods_that_the_operator_would_make_are_admitted(deployed: Deployed) -> None:
    for pod in pods(of_kind(deployed.documents, "SeldonDeployment")):
        made = as_the_operator_makes(pod, deployed.namespaces.modstream)
        taken = deployed.cluster.apply([made], "--dry-run=server")
        assert (taken.returncode, taken.stderr) == (0, "")


def test_what_guards_the_pods_is_there(deployed: Deployed) -> None:
    plain = bool(of_kind(deployed.documents, "Deployment"))
    found = deployed.cluster.found
    names = {
        kind: {each["metadata"]["name"] for each in found(kind, deployed.namespaces.modstream)}
        for kind in ("poddisruptionbudgets", "networkpolicies", "horizontalpodautoscalers")
    }
    # The operator's own, of the budget and the autoscaler in a SeldonDeployment, are made by nobody here.
    assert names["poddisruptionbudgets"] == ({"worker", "model"} if plain else {"worker"})
    assert names["networkpolicies"] == {"default-deny", "worker", "model"}
    assert names["horizontalpodautoscalers"] == ({"model"} if plain else set())


def test_budget_lets_one_worker_go_at_a_time(deployed: Deployed) -> None:
    namespace = f"--namespace={deployed.namespaces.modstream}"
    deployed.cluster.done("scale", "statefulset/worker", "--replicas=3", namespace)
    deployed.cluster.done("rollout", "status", "statefulset/worker", namespace, ROLLED_OUT_WITHIN)
    allowed = "--for=jsonpath={.status.expectedPods}=3"
    deployed.cluster.done("wait", "poddisruptionbudget/worker", allowed, namespace, ROLLED_OUT_WITHIN)
    (budget,) = [
        each
        for each in deployed.cluster.found("poddisruptionbudgets", deployed.namespaces.modstream)
        if each["metadata"]["name"] == "worker"
    ]
    assert (budget["status"]["desiredHealthy"], budget["status"]["disruptionsAllowed"]) == (2, 1)


def test_workers_are_spread_over_the_nodes(deployed: Deployed) -> None:
    namespace = f"--namespace={deployed.namespaces.modstream}"
    deployed.cluster.done("scale", "statefulset/worker", "--replicas=3", namespace)
    deployed.cluster.done("rollout", "status", "statefulset/worker", namespace, ROLLED_OUT_WITHIN)
    nodes = json.loads(deployed.cluster.done("get", "nodes", "--output=json"))["items"]
    used = {
        each["spec"]["nodeName"]
        for each in deployed.cluster.found("pods", deployed.namespaces.modstream)
        if each["spec"]["serviceAccountName"] == "worker"
    }
    assert len(used) == min(3, len(nodes))


def test_changed_setting_rolls_out_and_back_and_out_again(cluster: Cluster, tmp_path: Path) -> None:
    with deploying(cluster, rendered("local", tmp_path), side="client") as deployed:
        first = settings_in_use(deployed)
        with (tmp_path / "k8s/base/worker.env").open("a", encoding="utf-8") as settings:
            settings.write("MOD_BATCH_SIZE=512\n")
        changed = kustomized(tmp_path / "k8s/overlays/local")
        moved = [deployed.namespaces.moved(each) for each in changed]
        used = []
        for undo in (False, True, False):
            if undo:
                namespace = f"--namespace={deployed.namespaces.modstream}"
                cluster.done("rollout", "undo", "statefulset/worker", namespace)
            else:
                assert cluster.apply(moved, side="client").returncode == 0
            used.append(settings_in_use(deployed))
        second = used[0]
        assert used == [second, first, second]
        assert second != first


def settings_in_use(deployed: Deployed) -> str:
    """Return the name of the ConfigMap that the worker runs with, once it has rolled out."""
    namespace = f"--namespace={deployed.namespaces.modstream}"
    deployed.cluster.done("rollout", "status", "statefulset/worker", namespace, ROLLED_OUT_WITHIN)
    (pod,) = deployed.cluster.found("pods", deployed.namespaces.modstream)
    name: str = pod["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    return name
