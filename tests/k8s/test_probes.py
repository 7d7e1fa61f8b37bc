"""Probes and monitors ask for pages that the programs have."""

import inspect

import pytest

from streams import health
from tests.k8s.documents import Document, Pod, lasting, of_kind, selects

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def pages(program: str) -> set[str]:
    """Return the paths that a program answers."""
    if program == "worker":
        return {path for path in ("/livez", "/readyz", "/startupz") if f'"{path}"' in source_of_pages()}
    wrapper = pytest.importorskip("seldon_core.wrapper", reason="the model service is not installed")
    return {each.rule for each in wrapper.get_rest_microservice(object(), None).url_map.iter_rules()}


def source_of_pages() -> str:
    return inspect.getsource(health.add_pages)


def test_probes_ask_for_pages_that_the_program_has(documents: list[Document]) -> None:
    for pod in lasting(documents):
        for name in PROBES:
            asked = pod.container[name]["httpGet"]
            assert asked["path"] in pages(pod.program)
            assert asked["port"] in pod.ports


def test_worker_is_asked_on_the_page_of_each_probe(documents: list[Document]) -> None:
    for pod in lasting(documents):
        if pod.program == "worker":
            asked = [pod.container[name]["httpGet"]["path"] for name in PROBES]
            assert asked == ["/startupz", "/livez", "/readyz"]


def test_metrics_are_asked_for_where_they_are(documents: list[Document]) -> None:
    operator = bool(of_kind(documents, "SeldonDeployment"))
    paths = {"worker": "/metrics", "model": "/prometheus" if operator else "/metrics"}
    for pod in lasting(documents):
        (monitor,) = monitors_of(pod, documents)
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert endpoint["path"] == paths[pod.program]
        assert endpoint["port"] in pod.ports
        assert pod.labels[monitor["spec"]["jobLabel"]] == pod.program, "the name of the job"


def monitors_of(pod: Pod, documents: list[Document]) -> list[Document]:
    return [
        each
        for each in of_kind(documents, "PodMonitor")
        if selects(each["spec"]["selector"]["matchLabels"], pod)
    ]
