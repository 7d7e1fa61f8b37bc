"""The service answers where the manifests ask, with the variables that Seldon's operator gives its pod."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from modstream.service_process import ServiceProcess
from tests.k8s.documents import Document, Pod, files, of_kind, one, pods
from tests.modstream.service_processes import Ports

direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def deployment() -> Document:
    return one(files(), "SeldonDeployment", "classifier")


def operators_variables(pod: Pod) -> dict[str, str]:
    """Return what the operator of Seldon Core 1.17.1 adds to a container's environment."""
    return {
        "PREDICTIVE_UNIT_SERVICE_PORT": str(pod.ports["http"]),
        "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": str(pod.ports["http"]),
        "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(pod.ports["grpc"]),
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": str(pod.ports["metrics"]),
        "PREDICTIVE_UNIT_METRICS_ENDPOINT": "/prometheus",
        "PREDICTIVE_UNIT_ID": pod.container["name"],
        "PREDICTIVE_UNIT_IMAGE": pod.container["image"],
        "PREDICTOR_ID": pod.name,
        "PREDICTOR_LABELS": json.dumps({"version": pod.name}),
        "SELDON_DEPLOYMENT_ID": deployment()["metadata"]["name"],
        "SELDON_EXECUTOR_ENABLED": "true",
    }


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    """Yield the ports of a service that runs as in the pod, on ports of its own and on loopback."""
    (pod,) = pods([deployment()])
    mine = Ports.free()
    log = tmp_path_factory.mktemp("service") / "log"
    with pytest.MonkeyPatch.context() as environment:
        for name, value in operators_variables(pod).items():
            environment.setenv(name, value)
        with ServiceProcess.start(None, *mine.all(), log_file=log) as service:
            service.wait_ready()
            yield mine


def test_probes_are_answered(ports: Ports) -> None:
    (pod,) = pods([deployment()])
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        path = pod.container[name]["httpGet"]["path"]
        with direct.open(f"http://127.0.0.1:{ports.http}{path}", timeout=10) as answer:
            assert answer.status == 200


def test_metrics_are_where_the_monitor_asks_and_name_the_predictor(ports: Ports) -> None:
    body = json.dumps({"jsonData": ["a comment"]}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"http://127.0.0.1:{ports.http}/api/v1.0/predictions"
    with direct.open(urllib.request.Request(url, body, headers), timeout=10) as answer:
        assert answer.status == 200
    monitor = one(of_kind(files(), "PodMonitor"), "PodMonitor", "model")
    path = monitor["spec"]["podMetricsEndpoints"][0]["path"]
    with direct.open(f"http://127.0.0.1:{ports.metrics}{path}", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    (requests,) = [line for line in lines if line.startswith("modstream_requests_total")]
    assert 'predictor_name="main"' in requests
    assert 'deployment_name="classifier"' in requests
