"""A real API server takes every overlay and refuses wrong ones; `make test-k8s`."""

import contextlib
import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.k8s.cluster import KUBECONFIG, UP, Cluster, Namespaces, named_cluster
from tests.k8s.documents import (
    OVERLAYS,
    Document,
    Pod,
    files,
    kustomized,
    of_kind,
    one,
    pods,
    rendered,
)
from tests.k8s.seldon_faults import faults
from tests.k8s.test_seldon_faults import BAD, Change, make_deployment

ROLLED_OUT_WITHIN = "--timeout=120s"


class Deployed(NamedTuple):
    """An overlay on the cluster."""

    cluster: Cluster
    namespaces: Namespaces
    documents: list[Document]


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Return the cluster that the environment names; without one these tests are skipped."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    found = named_cluster()
    if found is None:
        pytest.skip(f"no cluster: set {KUBECONFIG} to the kubeconfig of one for tests, or {UP}")
    return found


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


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    """Yield a namespace like the pipeline's."""
    namespaces = Namespaces.new()
    made = [namespaces.moved(each) for each in of_kind(files(), "Namespace", "ServiceAccount")]
    assert cluster.apply(made).returncode == 0
    yield namespaces.modstream
    cluster.delete([namespaces.modstream])


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


def as_the_operator_makes(pod: Pod, namespace: str) -> Document:
    """Return a predictor's pod with what Seldon's operator adds: a volume with its annotations."""
    spec = copy.deepcopy(pod.spec)
    annotations = {"path": "annotations", "fieldRef": {"fieldPath": "metadata.annotations"}}
    spec["volumes"].append({"name": "seldon-podinfo", "downwardAPI": {"items": [annotations]}})
    mount = {"name": "seldon-podinfo", "mountPath": "/etc/podinfo"}
    spec["containers"][0]["volumeMounts"].append(mount)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": namespace, "labels": dict(pod.labels)},
        "spec": spec,
    }


def worker_pod() -> Document:
    (worker,) = pods(of_kind(files(), "StatefulSet"))
    metadata = {"name": "wrong", "labels": dict(worker.labels)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": copy.deepcopy(worker.spec)}


def with_seldons_engine() -> Document:
    (model,) = pods(of_kind(files(), "SeldonDeployment"))
    pod = as_the_operator_makes(model, "")
    del pod["metadata"]["namespace"]
    engine = {"name": "seldon-container-engine", "image": "seldonio/seldon-core-executor:1.17.1"}
    security = {"runAsUser": 8888, "allowPrivilegeEscalation": False}  # what the operator gives it
    pod["spec"]["containers"].append(engine | {"securityContext": security})
    return pod


def changed(kind: str, name: str, change: Callable[[Document], object]) -> Callable[[], Document]:
    def wrong() -> Document:
        document = copy.deepcopy(one(files(), kind, name))
        change(document)
        return document

    return wrong


def unrestricted() -> Document:
    pod = worker_pod()
    del pod["spec"]["securityContext"], pod["spec"]["containers"][0]["securityContext"]
    return pod


def setting(path: str, value: Any) -> Callable[[Document], object]:
    """Return a change that sets one field, by its path."""

    def change(document: Document) -> None:
        *way, last = path.split("/")
        inner: Any = document
        for step in way:
            inner = inner[int(step) if step.isdigit() else step]
        inner[last] = value

    return change


WRONG: dict[str, tuple[Callable[[], Document], str]] = {
    "a misspelt field of the worker": (
        changed("StatefulSet", "worker", setting("spec/template/spec/terminationGraceSeconds", 30)),
        ".spec.template.spec.terminationGraceSeconds: field not declared in schema",
    ),
    "a misspelt field of the model": (
        changed("SeldonDeployment", "classifier", setting("spec/predictors/0/trafic", 100)),
        ".spec.predictors[0].trafic: field not declared in schema",
    ),
    "a topic of the version that is gone": (
        changed("KafkaTopic", "reddit-late", setting("apiVersion", "kafka.strimzi.io/v1beta2")),
        'no matches for kind "KafkaTopic" in version "kafka.strimzi.io/v1beta2"',
    ),
    "a topic without partitions": (
        changed("KafkaTopic", "reddit-late", setting("spec/partitions", 0)),
        "spec.partitions in body should be greater than or equal to 1",
    ),
    "a scaler without triggers": (
        changed("ScaledObject", "worker", lambda document: document["spec"].pop("triggers")),
        "spec.triggers: Required value",
    ),
    "a budget of two kinds": (
        changed("PodDisruptionBudget", "worker", setting("spec/minAvailable", 1)),
        "minAvailable and maxUnavailable cannot be both set",
    ),
    "a pod that is not restricted": (unrestricted, 'violates PodSecurity "restricted:latest"'),
    "a model with Seldon's engine": (with_seldons_engine, "unrestricted capabilities"),
}


@pytest.mark.parametrize(("wrong", "sentence"), WRONG.values(), ids=list(WRONG))
def test_wrong_manifest_is_refused(
    cluster: Cluster, namespace: str, wrong: Callable[[], Document], sentence: str
) -> None:
    taken = cluster.apply([wrong()], "--dry-run=server", f"--namespace={namespace}")
    assert taken.returncode != 0
    assert sentence in taken.stderr


@pytest.mark.parametrize("change", [change for change, _ in BAD.values()], ids=list(BAD))
def test_api_server_takes_what_our_own_checks_refuse(
    cluster: Cluster, namespace: str, change: Change
) -> None:
    deployment = make_deployment(change)
    taken = cluster.apply([deployment], "--dry-run=server", f"--namespace={namespace}")
    assert taken.returncode == 0, taken.stderr
    assert faults(deployment)
