"""A cluster to try the manifests on. Named outright: never the one that kubectl would take itself."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.k8s.documents import Document

KUBECONFIG = "MOD_TEST_KUBECONFIG"
"""A kubeconfig's path; namespaces are made and deleted in its current context's cluster."""

UP = "MOD_TEST_KUBE_UP"
"""A program's path that starts a cluster, or finds it running, and prints the path of its kubeconfig."""

UP_WITHIN_S = 1_800
"""A program that has to be built first takes its time."""


class Cluster(NamedTuple):
    """A cluster that kubectl reaches."""

    kubeconfig: Path

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Return what kubectl did, well or not."""
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=300)

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """Return what kubectl printed; it has to do well and warn of nothing."""
        ended = self.kubectl(*arguments, stdin=stdin)
        assert ended.returncode == 0, ended.stderr
        assert "Warning:" not in ended.stderr, ended.stderr
        return ended.stdout

    def apply(
        self, documents: Iterable[Document], *options: str, side: str = "server"
    ) -> subprocess.CompletedProcess[str]:
        """Return how the API server took the documents, by its strict rules; `side`: whose apply it is."""
        sides = f"--server-side={str(side == 'server').lower()}"
        arguments = ("apply", sides, "--validate=strict", *options, "--filename=-")
        return self.kubectl(*arguments, stdin=_stream(documents))

    def changes(self, documents: Iterable[Document]) -> str:
        """Return how the documents differ from what the cluster has."""
        return self.done("diff", "--server-side", "--filename=-", stdin=_stream(documents))

    def found(self, kind: str, namespace: str) -> list[Document]:
        """Return the objects of a kind in a namespace."""
        listed = self.done("get", kind, f"--namespace={namespace}", "--output=json")
        items: list[Document] = json.loads(listed)["items"]
        return items

    def delete(self, namespaces: Iterable[str]) -> None:
        """Delete namespaces with all that is in them, and wait until they are gone."""
        self.done("delete", "namespace", "--ignore-not-found", "--timeout=120s", *namespaces)


class Namespaces(NamedTuple):
    """The namespaces of one test, in place of those that the manifests name."""

    modstream: str
    kafka: str

    @classmethod
    def new(cls) -> "Namespaces":
        """Return two that nobody has."""
        mark = uuid.uuid4().hex[:8]
        return cls(f"modstream-test-{mark}", f"kafka-test-{mark}")

    def moved(self, document: Document) -> Document:
        """Return a document that is in one of these instead."""
        metadata = dict(document["metadata"])
        if document["kind"] == "Namespace":
            metadata["name"] = self._asdict()[metadata["name"]]
        else:
            metadata["namespace"] = self._asdict()[metadata.get("namespace", "modstream")]
        return document | {"metadata": metadata}


def named_cluster() -> Cluster | None:
    """Return the cluster that the environment names for tests, started if need be."""
    program = os.environ.get(UP)
    if program:
        started = subprocess.run(
            [program], stdout=subprocess.PIPE, text=True, check=True, timeout=UP_WITHIN_S
        )
        return Cluster(Path(started.stdout.split()[-1]))
    path = os.environ.get(KUBECONFIG)
    return Cluster(Path(path)) if path else None


def _stream(documents: Iterable[Document]) -> str:
    """Return the documents one by one; the fields of a `List` kubectl checks itself, not the server."""
    return "\n---\n".join(json.dumps(each) for each in documents)
