"""What `k8s/` says: as its files stand, and as kustomize renders its overlays."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

type Document = dict[str, Any]

K8S = Path(__file__).parents[2] / "k8s"
OVERLAYS = ("local", "production", "without-seldon", "canary")
SECRETS = Path("overlays/production/secrets")
SECRET_FILES = ("username", "password", "command-password", "ca.crt")
"""Not in git; overlays that need them are rendered with files that only look like them."""

COMPONENT = "app.kubernetes.io/component"


class Pod(NamedTuple):
    """The pods of a workload or a job, or those that Seldon's operator makes for a predictor."""

    name: str
    labels: Mapping[str, str]
    spec: Document

    @property
    def program(self) -> str:
        """Return which program runs in it: worker, model or command."""
        return self.labels[COMPONENT]

    @property
    def container(self) -> Document:
        """Return its only container."""
        (container,) = self.spec["containers"]
        found: Document = container
        return found

    @property
    def ports(self) -> dict[str, int]:
        """Return its ports by their names."""
        return {each["name"]: each["containerPort"] for each in self.container.get("ports", [])}

    @property
    def address(self) -> str:
        """Return the address that it listens on, as its settings have it."""
        return "MOD_WEB_HOST" if self.program == "worker" else "MOD_SERVICE_HOST"


def read(path: Path) -> list[Document]:
    """Return the documents of a file."""
    return [each for each in yaml.safe_load_all(path.read_text("utf-8")) if each]


def files() -> list[Document]:
    """Return what the base and the topics say, read without kustomize."""
    return [*_folder(K8S / "base"), *_folder(K8S / "topics")]


def rendered(overlay: str, scratch: Path) -> list[Document]:
    """Return what kustomize makes of an overlay, in a copy with secrets that are none."""
    copy = scratch / "k8s"
    shutil.copytree(K8S, copy, ignore=shutil.ignore_patterns(*SECRET_FILES), dirs_exist_ok=True)
    for name in SECRET_FILES:
        (copy / SECRETS / name).write_text(f"not a {name}", "utf-8")
    return kustomized(copy / "overlays" / overlay)


def kustomized(folder: Path) -> list[Document]:
    """Return what kustomize makes of a folder."""
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of_kind(documents: Iterable[Document], *kinds: str) -> list[Document]:
    """Return the documents of these kinds."""
    return [each for each in documents if each["kind"] in kinds]


def one(documents: Iterable[Document], kind: str, name: str) -> Document:
    """Return the only document of this kind and name; a generated name may have a hash behind it."""
    (found,) = [each for each in of_kind(documents, kind) if each["metadata"]["name"].startswith(name)]
    return found


def pods(documents: Iterable[Document]) -> list[Pod]:
    """Return the pods of all workloads and jobs."""
    return list(_pods(documents))


def lasting(documents: Iterable[Document]) -> list[Pod]:
    """Return the pods that are not a job's: those that somebody asks something."""
    return [each for each in _pods(documents) if each.program != "command"]


def variables(pod: Pod, documents: Iterable[Document]) -> dict[str, str]:
    """Return a pod's environment: from ConfigMaps, then its own; what only a cluster knows as `<...>`."""
    found: dict[str, str] = {}
    for source in pod.container.get("envFrom", []):
        found |= one(documents, "ConfigMap", source["configMapRef"]["name"])["data"]
    for each in pod.container.get("env", []):
        found[each["name"]] = each.get("value", "<known to the cluster>")
    return found


def selects(labels: Mapping[str, str], pod: Pod) -> bool:
    """Return whether a pod has all of the labels."""
    return labels.items() <= pod.labels.items()


def _folder(folder: Path) -> Iterator[Document]:
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    for name in plan["resources"]:
        yield from read(folder / name)
    for generated in plan.get("configMapGenerator", []):
        (source,) = generated["envs"]
        lines = (folder / source).read_text("utf-8").splitlines()
        data = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generated["name"]}, "data": data}


def _pods(documents: Iterable[Document]) -> Iterator[Pod]:
    for each in of_kind(documents, "StatefulSet", "Deployment"):
        template = each["spec"]["template"]
        yield Pod(each["metadata"]["name"], template["metadata"]["labels"], template["spec"])
    for each in of_kind(documents, "CronJob"):
        template = each["spec"]["jobTemplate"]["spec"]["template"]
        yield Pod(each["metadata"]["name"], template["metadata"]["labels"], template["spec"])
    for each in of_kind(documents, "SeldonDeployment"):
        for predictor in each["spec"]["predictors"]:
            for part in predictor["componentSpecs"]:
                yield Pod(predictor["name"], part["metadata"]["labels"], part["spec"])
