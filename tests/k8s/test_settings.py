"""The programs would start with the settings that their pods get, and find each other by them."""

from urllib.parse import urlsplit

import pytest
import typer.main

from modstream.cli import app
from modstream.doctor.permissions import PROGRAMS
from modstream.settings import DoorSettings
from streams.app import LEAVING_S
from streams.topics import Topics
from tests.k8s import programs
from tests.k8s.documents import Document, Pod, lasting, of_kind, one, pods, variables

MARGIN_S = 5.0
"""What a pod's end may take beyond what the program says."""


def pod_of(documents: list[Document], program: str) -> Pod:
    return next(each for each in pods(documents) if each.program == program)


def test_every_setting_is_one_that_its_program_reads(documents: list[Document]) -> None:
    for pod in pods(documents):
        ours = {name for name in variables(pod, documents) if name.startswith("MOD_")}
        assert ours
        assert ours <= programs.known_settings(pod.program), pod.name


def test_programs_take_the_values(documents: list[Document]) -> None:
    for pod in lasting(documents):
        given = variables(pod, documents)
        settings = programs.settings(pod.program, given)
        assert getattr(settings, pod.address.removeprefix("MOD_").lower()) == "0.0.0.0"


def test_jobs_agree_with_the_workers_and_write_where_they_can(documents: list[Document]) -> None:
    of_worker = variables(pod_of(documents, "worker"), documents)
    pod = pod_of(documents, "command")
    given = variables(pod, documents)
    differing = {name for name, value in of_worker.items() if given.get(name) != value}
    assert differing <= {"MOD_KAFKA_USERNAME", "MOD_INSTANCE_ID"}
    settings = programs.settings("command", given)
    assert isinstance(settings, DoorSettings)
    (mount,) = [each for each in pod.container["volumeMounts"] if not each.get("readOnly")]
    for folder in (settings.state_dir, settings.cache_dir):
        assert folder.is_relative_to(mount["mountPath"])


def test_jobs_run_a_verb_that_there_is(documents: list[Document]) -> None:
    verb, *options = pod_of(documents, "command").container["args"]
    parsed = typer.main.get_command(app).commands[verb].make_context(verb, options)  # type: ignore[attr-defined]
    assert parsed.params["program"] in PROGRAMS


def test_schedule_of_the_jobs_never_comes_by_itself(documents: list[Document]) -> None:
    assert one(documents, "CronJob", "modstream")["spec"]["suspend"] is True


def test_ports_are_those_that_the_programs_listen_on(documents: list[Document]) -> None:
    for pod in lasting(documents):
        given = variables(pod, documents)
        if pod.program == "worker":
            assert pod.ports == {"web": programs.worker(given).web_port}
        else:
            model = programs.model(given)
            assert pod.ports == {
                "http": model.service_http_port,
                "grpc": model.service_grpc_port,
                "metrics": model.service_metrics_port,
            }


def test_each_worker_is_a_member_of_its_own_name(documents: list[Document]) -> None:
    (instance,) = [
        each for each in pod_of(documents, "worker").container["env"] if each["name"] == "MOD_INSTANCE_ID"
    ]
    assert instance["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"


def test_worker_ends_by_itself_before_its_pod_is_killed(documents: list[Document]) -> None:
    pod = pod_of(documents, "worker")
    settings = programs.worker(variables(pod, documents))
    longest_s = settings.stop_within_s + LEAVING_S
    assert settings.stop_within_s > settings.classifier_timeout_s
    assert pod.spec["terminationGracePeriodSeconds"] >= longest_s + MARGIN_S
    assert "lifecycle" not in pod.container, "what preStop takes is part of the grace period"


def test_worker_has_the_time_that_it_takes_to_start(documents: list[Document]) -> None:
    pod = pod_of(documents, "worker")
    probe = pod.container["startupProbe"]
    settings = programs.worker(variables(pod, documents))
    assert probe["periodSeconds"] * probe["failureThreshold"] >= settings.start_within_s + MARGIN_S


def test_model_ends_by_itself_before_its_pod_is_killed(documents: list[Document]) -> None:
    for pod in pods(documents):
        if pod.program == "model":
            kept_s = float(pod.container["lifecycle"]["preStop"]["exec"]["command"][1])
            stop_s = programs.model(variables(pod, documents)).service_stop_within_s
            assert pod.spec["terminationGracePeriodSeconds"] >= kept_s + stop_s + MARGIN_S


def test_worker_asks_the_model_where_it_answers(documents: list[Document]) -> None:
    url = urlsplit(programs.worker(variables(pod_of(documents, "worker"), documents)).classifier_url)
    if url.path:  # Istio's gateway, at the path that Seldon's operator gives a deployment
        (deployment,) = of_kind(documents, "SeldonDeployment")
        namespace, name = deployment["metadata"]["namespace"], deployment["metadata"]["name"]
        assert url.path == f"/seldon/{namespace}/{name}"
        assert url.scheme == "http"
    else:
        assert url.hostname in model_services(documents)
        port = {"http": "http", "grpc": "grpc"}[url.scheme]
        assert url.port == pod_of(documents, "model").ports[port]


def model_services(documents: list[Document]) -> set[str]:
    """Return the names of the model's Services; Seldon's operator makes one for each predictor."""
    found = {each["metadata"]["name"] for each in of_kind(documents, "Service")}
    for deployment in of_kind(documents, "SeldonDeployment"):
        for each in deployment["spec"]["predictors"]:
            assert each["annotations"]["seldon.io/no-engine"] == "true"
            own = f"{deployment['metadata']['name']}-{each['name']}"
            found.add(each["annotations"].get("seldon.io/svc-name", own))
    return found - {"worker"}


def test_workers_are_scaled_by_their_own_lag(documents: list[Document]) -> None:
    settings = programs.worker(variables(pod_of(documents, "worker"), documents))
    for scaled in of_kind(documents, "ScaledObject"):
        assert scaled["spec"]["scaleTargetRef"]["name"] == "worker"
        (trigger,) = scaled["spec"]["triggers"]
        assert trigger["metadata"]["bootstrapServers"] == settings.kafka_bootstrap
        assert trigger["metadata"]["consumerGroup"] == settings.consumer_group
        assert trigger["metadata"]["topic"] == Topics.named().comments.name
        assert scaled["spec"]["maxReplicaCount"] <= Topics.named().comments.partitions


def test_what_is_scaled_says_no_replicas_itself(documents: list[Document]) -> None:
    scaled = {
        (each["spec"]["scaleTargetRef"]["kind"], each["spec"]["scaleTargetRef"]["name"])
        for each in of_kind(documents, "ScaledObject", "HorizontalPodAutoscaler")
    }
    for each in of_kind(documents, "StatefulSet", "Deployment"):
        is_scaled = (each["kind"], each["metadata"]["name"]) in scaled
        assert is_scaled != ("replicas" in each["spec"])


@pytest.mark.parametrize("program", ["worker", "command"])
def test_kafka_user_is_read_from_files_that_are_mounted(documents: list[Document], program: str) -> None:
    pod = pod_of(documents, program)
    given = variables(pod, documents)
    assert "MOD_KAFKA_PASSWORD" not in given
    wanted = {value for name, value in given.items() if name.endswith("_FILE")}
    secrets = {each["name"]: each["secret"] for each in pod.spec["volumes"] if "secret" in each}
    mounted = {
        f"{mount['mountPath']}/{item['path']}"
        for mount in pod.container["volumeMounts"]
        if mount["name"] in secrets
        for item in secrets[mount["name"]]["items"]
    }
    assert wanted == mounted
    for each in secrets.values():
        held = one(documents, "Secret", each["secretName"])["data"]
        assert {item["key"] for item in each["items"]} <= held.keys()
