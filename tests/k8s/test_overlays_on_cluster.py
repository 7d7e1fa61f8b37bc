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
from tests.waiting import eventually

IN_TIME = "--timeout=60s"


class Deployed(NamedTuple):
    """An overlay on the cluster."""

    cluster: Cluster
    namespaces: Namespaces
    documents: list[Document]

    def kubectl(self, *arguments: str) -> str:
        """Return what kubectl printed of the overlay's namespace."""
        return self.cluster.done(*arguments, f"--namespace={self.namespaces.modstream}")

    def has_workers(self, count: int) -> None:
        """Scale the workers by hand, and wait until each is on a node."""
        self.kubectl("scale", "statefulset/worker", f"--replicas={count}")
        self.has_rolled_out("statefulset/worker")

    def has_rolled_out(self, workload: str) -> None:
        """Wait until a workload has all its pods, of its newest revision, each on a node.

        Not until they are ready: on fake nodes that says nothing, and elsewhere none may find the image.
        """
        eventually(lambda: self._is_whole(workload), f"{workload} has all its pods, as it now says")
        eventually(self._pods_have_nodes, f"the pods of {workload} are on nodes")

    def _pods_have_nodes(self) -> bool:
        found = self.cluster.found("pods", self.namespaces.modstream)
        return all("nodeName" in each["spec"] for each in found)

    def _is_whole(self, workload: str) -> bool:
        found = json.loads(self.kubectl("get", workload, "--output=json"))
        wanted, status = found["spec"]["replicas"], found["status"]
        seen = status.get("observedGeneration") == found["metadata"]["generation"]
        return seen and {status.get("replicas", 0), status.get("updatedReplicas", 0)} == {wanted}


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
    workloads = of_kind(deployed.documents, "StatefulSet", "Deployment")
    for workload in workloads:
        deployed.has_rolled_out(f"{workload['kind'].lower()}/{workload['metadata']['name']}")
    admitted = deployed.cluster.found("pods", deployed.namespaces.modstream)
    assert {each["spec"]["serviceAccountName"] for each in admitted} == {
        workload["metadata"]["name"] for workload in workloads
    }


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
    assert names["networkpolicies"] == {"default-deny", "worker", "model", "command"}
    assert names["horizontalpodautoscalers"] == ({"model"} if plain else set())


def test_job_of_another_verb_is_admitted(deployed: Deployed) -> None:
    template = deployed.kubectl(
        "create", "job", "look", "--from=cronjob/modstream", "--dry-run=client", "--output=json"
    )
    verb = '[{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ["dlq", "ls"]}]'
    patch = ("patch", "--local", "--type=json", f"--patch={verb}", "--filename=-", "--output=json")
    job = deployed.cluster.done(*patch, stdin=template)
    deployed.cluster.done("create", "--filename=-", stdin=job)
    try:
        eventually(lambda: bool(jobs_pods(deployed)), "the job has its pod")
        (pod,) = jobs_pods(deployed)
        assert pod["spec"]["containers"][0]["args"] == ["dlq", "ls"]
    finally:
        deployed.kubectl("delete", "job", "look", "--cascade=foreground", IN_TIME)


def jobs_pods(deployed: Deployed) -> list[Document]:
    """Return the pods of the job `look`."""
    found = deployed.cluster.found("pods", deployed.namespaces.modstream)
    return [each for each in found if each["metadata"]["labels"].get("job-name") == "look"]


def test_budget_lets_one_worker_go_at_a_time(deployed: Deployed) -> None:
    deployed.has_workers(3)
    counted = "--for=jsonpath={.status.expectedPods}=3"
    deployed.kubectl("wait", "poddisruptionbudget/worker", counted, IN_TIME)
    healthy = deployed.kubectl("get", "pdb/worker", "--output=jsonpath={.status.desiredHealthy}")
    assert healthy == "2"


def test_workers_are_spread_over_the_nodes(deployed: Deployed) -> None:
    deployed.has_workers(0)
    deployed.kubectl("wait", "node", "--all", "--for=condition=Ready", IN_TIME)
    deployed.has_workers(3)
    nodes = json.loads(deployed.kubectl("get", "nodes", "--output=json"))["items"]
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
                deployed.kubectl("rollout", "undo", "statefulset/worker")
            else:
                assert cluster.apply(moved, side="client").returncode == 0
            used.append(settings_in_use(deployed))
        second = used[0]
        assert used == [second, first, second]
        assert second != first


def settings_in_use(deployed: Deployed) -> str:
    """Return the name of the ConfigMap that the worker runs with, once it has rolled out."""
    deployed.has_rolled_out("statefulset/worker")
    (pod,) = deployed.cluster.found("pods", deployed.namespaces.modstream)
    name: str = pod["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"]
    return name
