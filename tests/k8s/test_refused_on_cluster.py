"""A real API server refuses wrong manifests, but takes those that our own checks are for; `make test-k8s`."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.k8s.cluster import Cluster, Namespaces
from tests.k8s.documents import Document, files, of_kind, one, pods
from tests.k8s.operators_pod import as_the_operator_makes
from tests.k8s.seldon_faults import faults
from tests.k8s.test_seldon_faults import BAD, Change, make_deployment


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    """Yield a namespace like the pipeline's."""
    namespaces = Namespaces.new()
    made = [namespaces.moved(each) for each in of_kind(files(), "Namespace", "ServiceAccount")]
    assert cluster.apply(made).returncode == 0
    yield namespaces.modstream
    cluster.delete([namespaces.modstream])


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
