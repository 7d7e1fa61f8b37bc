"""The pod that Seldon's operator makes for a predictor."""

import copy

from tests.k8s.documents import Document, Pod


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
