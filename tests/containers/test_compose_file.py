"""What can be seen of docker-compose.yml without an engine: settings that exist, and nothing left open."""

import re
from typing import Any

import pytest

from model_service.settings import ServiceSettings
from modstream.settings import DoorSettings
from streams.settings import StreamSettings
from tests.containers.compose_file import (
    COMPOSE,
    EXAMPLE,
    INTERPOLATED,
    SERVICES,
    TEXT,
    environment,
    variables,
)
from tests.containers.engine import IMAGES, VERSION

JOBS = ("topics", "replay", "verify", "modstream")
LASTING = tuple(name for name in SERVICES if name not in JOBS)

READS = {
    "worker": variables(StreamSettings),
    "model": variables(ServiceSettings),
    **dict.fromkeys(JOBS, variables(DoorSettings, StreamSettings, ServiceSettings)),
}
"""What each container's program reads."""

NOT_OFFERED = {
    "MOD_KAFKA_BOOTSTRAP": "the stack has its own broker",
    "MOD_WEB_HOST": "fixed, so that the other containers reach it",
    "MOD_WEB_PORT": "fixed, so that Prometheus finds it",
    "MOD_INSTANCE_ID": "is one worker's alone, and all workers here have the same environment",
    "MOD_MODEL_PROCESSES": "for a model beside the worker, which the worker's image does not have",
    "MOD_MODEL_DIR": "MODEL_FOLDER is mounted there",
    "MOD_SERVICE_HOST": "fixed, so that the other containers reach it",
    "MOD_SERVICE_HTTP_PORT": "fixed; MODEL_REST_PORT is the published one",
    "MOD_SERVICE_GRPC_PORT": "fixed; MODEL_GRPC_PORT is the published one",
    "MOD_SERVICE_METRICS_PORT": "fixed, so that Prometheus finds it",
}
"""Settings that .env does not change, each with the reason."""

KAFKA_SECURITY = re.compile(r"MOD_KAFKA_(?!BOOTSTRAP)\w+")
"""The stack's broker speaks plaintext, in the stack's own network and on loopback."""


def is_offered(variable: str) -> bool:
    return variable not in NOT_OFFERED and not KAFKA_SECURITY.fullmatch(variable)


@pytest.mark.parametrize("service", READS)
def test_a_container_is_given_only_settings_that_its_program_reads(service: str) -> None:
    given = {name for name in environment(service) if name.startswith("MOD_")}
    assert given
    assert given <= READS[service]


@pytest.mark.parametrize(("service", "settings"), [("worker", StreamSettings), ("model", ServiceSettings)])
def test_every_setting_of_worker_and_service_can_be_given_in_env(service: str, settings: Any) -> None:
    wanted = {name for name in variables(settings) if is_offered(name)}
    assert wanted <= set(environment(service))
    assert wanted <= set(EXAMPLE)


def test_the_reasons_why_a_setting_is_not_offered_are_about_settings_that_exist() -> None:
    assert set(NOT_OFFERED) <= variables(StreamSettings, ServiceSettings)


def test_the_example_offers_nothing_that_compose_does_not_read() -> None:
    passed_on = {name for each in SERVICES for name, value in environment(each).items() if value is None}
    assert set(EXAMPLE) == passed_on | {name for name, _ in INTERPOLATED.findall(TEXT)}


@pytest.mark.parametrize("settings", [StreamSettings, ServiceSettings, DoorSettings])
def test_the_example_shows_the_defaults(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fixed_here = {"MOD_CLASSIFIER_URL"}
    shown = {name: value for name, value in EXAMPLE.items() if name in variables(settings) - fixed_here}
    assert shown
    default = settings()
    for name, value in shown.items():
        monkeypatch.setenv(name, value)
    assert settings() == default


def test_the_example_shows_the_defaults_of_compose() -> None:
    defaults = {
        name: {default for found, default in INTERPOLATED.findall(TEXT) if found == name} for name in EXAMPLE
    }
    assert {name: {EXAMPLE[name]} for name, found in defaults.items() if found} == {
        name: found for name, found in defaults.items() if found
    }


def test_worker_and_jobs_agree_on_where_to_look_and_what_an_account_depends_on() -> None:
    agreed = {"MOD_KAFKA_BOOTSTRAP", "MOD_TOPIC_PREFIX", "MOD_GROUP_ID", "MOD_CLASSIFIER_URL"}
    agreed |= {"MOD_MODERATION_THRESHOLD", "MOD_WINDOW_SIZE_S"}
    agreed |= {"MOD_WINDOW_STEP_S", "MOD_ALLOWED_LATENESS_S", "MOD_MAX_AHEAD_S"}
    for service in ("worker", *JOBS):
        assert {name: environment("worker")[name] for name in agreed}.items() <= environment(service).items()


@pytest.mark.parametrize("service", SERVICES)
def test_published_ports_are_on_loopback(service: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_pinned_to_a_version(service: str) -> None:
    image = SERVICES[service]["image"]
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+", image)
    assert image in IMAGES or image.partition("/")[0] in ("apache", "prom", "grafana")


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_has_no_right_that_it_does_not_need(service: str) -> None:
    said = SERVICES[service]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert not said.get("privileged")
    assert said.get("user", "1") not in ("root", "0", "0:0")
    assert {"network_mode", "pid", "ipc", "cap_add"}.isdisjoint(said)


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_limited_and_its_log_too(service: str) -> None:
    assert set(SERVICES[service]["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert {"max-size", "max-file"} <= set(SERVICES[service]["logging"]["options"])


@pytest.mark.parametrize("service", ["prometheus", "grafana"])
def test_a_health_check_asks_without_a_proxy(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][:4] == ["CMD", "wget", "-Y", "off"]


@pytest.mark.parametrize("service", LASTING)
def test_what_lasts_is_started_again(service: str) -> None:
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", SERVICES)
def test_a_host_folder_is_mounted_read_only(service: str) -> None:
    mounted = [each for each in SERVICES[service].get("volumes", []) if each.startswith((".", "${"))]
    assert all(each.endswith(":ro") for each in mounted)


def test_there_can_be_several_workers() -> None:
    assert {"container_name", "ports"}.isdisjoint(SERVICES["worker"])


def test_a_job_leaves_the_number_of_workers_alone() -> None:
    assert all("worker" not in SERVICES[job]["depends_on"] for job in JOBS)


def test_compose_says_the_projects_version() -> None:
    assert COMPOSE["x-build-args"]["VERSION"] == VERSION


def test_a_stop_is_waited_for_longer_than_the_program_may_take() -> None:
    grace_s = int(EXAMPLE["STOP_GRACE_PERIOD"].removesuffix("s"))
    for service in ("worker", "model"):
        assert SERVICES[service]["stop_grace_period"] == f"${{STOP_GRACE_PERIOD:-{grace_s}s}}"
    assert grace_s > max(StreamSettings().stop_within_s, ServiceSettings().service_stop_within_s) + 5
