"""Pods run with as little as they need, and reach nobody but whom they need."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.k8s import programs
from tests.k8s.conftest import overlay
from tests.k8s.documents import K8S, Document, Pod, lasting, of_kind, one, pods, read, selects, variables

type Rule = dict[str, Any]

PROJECT = K8S.parent
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
NAME = "kubernetes.io/metadata.name"
IMAGES = {"worker": "modstream/worker", "model": "modstream/model-service", "command": "modstream/cli"}


def test_namespace_admits_restricted_pods_alone(documents: list[Document]) -> None:
    labels = one(documents, "Namespace", "modstream")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_pods_are_restricted_and_write_to_no_disk(documents: list[Document]) -> None:
    for pod in pods(documents):
        of_pod, of_container = pod.spec["securityContext"], pod.container["securityContext"]
        assert of_pod["runAsNonRoot"] is True
        assert of_pod["runAsUser"] > 0
        assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert of_container == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        volumes = {each["name"]: each for each in pod.spec["volumes"]}
        for mount in pod.container["volumeMounts"]:
            assert mount.get("readOnly") or "sizeLimit" in volumes[mount["name"]]["emptyDir"]


def test_pods_have_no_token_and_no_variables_of_other_services(documents: list[Document]) -> None:
    for pod in pods(documents):
        account = one(documents, "ServiceAccount", pod.spec["serviceAccountName"])
        assert account["automountServiceAccountToken"] is False
        assert pod.spec["automountServiceAccountToken"] is False
        assert pod.spec["enableServiceLinks"] is False


def test_pods_say_what_they_need_and_at_most_take(documents: list[Document]) -> None:
    for pod in pods(documents):
        assert pod.container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in pod.container["resources"]["limits"]


def test_pods_are_spread_over_zones_and_nodes(documents: list[Document]) -> None:
    for pod in lasting(documents):
        spread = pod.spec["topologySpreadConstraints"]
        assert [each["topologyKey"] for each in spread] == [
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        ]
        assert all(selects(each["labelSelector"]["matchLabels"], pod) for each in spread)


def test_images_are_of_this_version(documents: list[Document]) -> None:
    for pod in pods(documents):
        name, _, tag = pod.container["image"].partition(":")
        assert name == IMAGES[pod.program]
        if pod.name == "canary":  # whichever model is tried
            assert tag not in ("", "latest")
        else:
            assert tag == VERSION


def test_each_pod_has_one_disruption_budget(documents: list[Document]) -> None:
    for pod in lasting(documents):
        own = [
            each
            for each in of_kind(documents, "PodDisruptionBudget")
            if selects(each["spec"]["selector"]["matchLabels"], pod)
        ]
        assert len(own) + len(list(operators_budgets(pod, documents))) == 1, pod.name


def operators_budgets(pod: Pod, documents: list[Document]) -> Iterator[Document]:
    """Yield the budgets that Seldon's operator makes: each for the pods of all predictors."""
    for deployment in of_kind(documents, "SeldonDeployment"):
        parts = [part for each in deployment["spec"]["predictors"] for part in each["componentSpecs"]]
        if any(part["spec"] == pod.spec for part in parts):
            yield from (part["pdbSpec"] for part in parts if "pdbSpec" in part)


def test_nothing_goes_in_or_out_unless_it_is_named(documents: list[Document]) -> None:
    deny = one(documents, "NetworkPolicy", "default-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def policy_of(pod: Pod, documents: list[Document]) -> Document:
    (policy,) = [
        each["spec"]
        for each in of_kind(documents, "NetworkPolicy")
        if each["spec"]["podSelector"] and selects(each["spec"]["podSelector"]["matchLabels"], pod)
    ]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    found: Document = policy
    return found


def ports(rule: Rule) -> set[int]:
    return {each["port"] for each in rule["ports"]}


def namespaces(rule: Rule) -> set[str]:
    """Return the namespaces that a rule names; "" is the pods' own."""
    peers = rule.get("from", rule.get("to", []))
    assert peers, "a rule without peers is for everybody"
    assert all(each["podSelector"]["matchLabels"] for each in peers)
    own: dict[str, Any] = {"matchLabels": {NAME: ""}}
    return {each.get("namespaceSelector", own)["matchLabels"][NAME] for each in peers}


def test_prometheus_alone_reaches_the_worker(documents: list[Document]) -> None:
    for pod in (each for each in pods(documents) if each.program == "worker"):
        (rule,) = policy_of(pod, documents)["ingress"]
        assert namespaces(rule) == {"monitoring"}
        assert ports(rule) == {pod.ports["web"]}


def test_nobody_reaches_a_job(documents: list[Document]) -> None:
    (job,) = [each for each in pods(documents) if each.program == "command"]
    assert "ingress" not in policy_of(job, documents)


def test_worker_and_jobs_reach_names_kafka_and_the_model_alone(documents: list[Document]) -> None:
    for pod in (each for each in pods(documents) if each.program != "model"):
        settings = programs.worker(variables(pod, documents))
        names, kafka, model = policy_of(pod, documents)["egress"]
        assert (namespaces(names), ports(names)) == ({"kube-system"}, {53})
        assert (namespaces(kafka), ports(kafka)) == ({"kafka"}, {int(settings.kafka_bootstrap.split(":")[1])})
        gateway = (urlsplit(settings.classifier_url).hostname or "").partition(".")[2]
        assert namespaces(model) == {gateway}
        if not gateway:
            asked = next(each for each in pods(documents) if each.program == "model")
            assert ports(model) == {asked.ports["http"], asked.ports["grpc"]}


def test_model_calls_nobody_and_is_called_by_worker_jobs_and_prometheus(documents: list[Document]) -> None:
    callers = [each for each in pods(documents) if each.program != "model"]
    worker = next(each for each in callers if each.program == "worker")
    url = programs.worker(variables(worker, documents)).classifier_url
    gateway = (urlsplit(url).hostname or "").partition(".")[2]
    for pod in (each for each in pods(documents) if each.program == "model"):
        policy = policy_of(pod, documents)
        calls, metrics = policy["ingress"]
        assert "egress" not in policy
        assert namespaces(calls) == {gateway}
        assert pod.ports["http"] in ports(calls) <= {pod.ports["http"], pod.ports["grpc"]}
        assert (namespaces(metrics), ports(metrics)) == ({"monitoring"}, {pod.ports["metrics"]})
        if not gateway:
            allowed = [each["podSelector"]["matchLabels"] for each in calls["from"]]
            assert len(allowed) == len(callers)
            assert all(any(selects(labels, each) for labels in allowed) for each in callers)


def test_services_lead_to_pods_and_ports_that_there_are(documents: list[Document]) -> None:
    for service in of_kind(documents, "Service"):
        (pod,) = [each for each in pods(documents) if selects(service["spec"]["selector"], each)]
        for port in service["spec"]["ports"]:
            assert port["port"] == pod.ports[port["targetPort"]]


def test_no_secret_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "k8s"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    committed = [Path(line) for line in listed.stdout.splitlines()]
    assert {each.name for each in committed if each.parent.name == "secrets"} <= {".gitignore", "README.md"}
    manifests = [PROJECT / each for each in committed if each.suffix == ".yaml"]
    assert manifests
    kinds = [each.get("kind") for path in manifests for each in read(path) if isinstance(each, dict)]
    assert "Secret" not in kinds


def test_plain_deployment_runs_what_the_operator_would(tmp_path_factory: pytest.TempPathFactory) -> None:
    plain, seldon = (
        next(each for each in pods(overlay(name, tmp_path_factory)) if each.program == "model")
        for name in ("without-seldon", "production")
    )
    assert plain == seldon._replace(name=plain.name)
