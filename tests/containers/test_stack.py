"""`docker compose up`, and what is done to it. The tests share a stack; one that finds none brings it up."""

import json
import re
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaProducer

from tests.containers.engine import docker, inspect, wait_until
from tests.containers.stack import Stack

pytestmark = pytest.mark.usefixtures("engine")

ACCOUNTED = "ok: each of {:,} comments has exactly one outcome"
BACK_WITHIN_S = 180.0
CRASH_COMMENTS = 12_000


@pytest.fixture(scope="module")
def shared(engine: None) -> Iterator[Stack]:
    stack = Stack()
    try:
        stack.compose("--profile", "replay", "build")
        yield stack
    finally:
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


@pytest.fixture
def stack(shared: Stack) -> Stack:
    if not shared.left():
        shared.compose("up", "--detach", "--wait", "--wait-timeout", "300")
    return shared


def watch(stack: Stack) -> None:
    """Start Prometheus beside what runs."""
    stack.compose("--profile", "observability", "up", "--detach", "--wait", "--no-recreate", "prometheus")


def account(stack: Stack, comments: int, rate: str = "max", **settings: str) -> str:
    """Send comments, see that each of all so far has one outcome, and return what was said."""
    before = stack.sent()
    said = stack.compose("run", "--rm", "replay", REPLAY_COMMENTS=str(comments), REPLAY_RATE=rate, **settings)
    assert ACCOUNTED.format(before + comments) in said
    assert stack.sent() == before + comments
    return said


def test_replay_accounts_for_every_comment_and_shows_predictions(stack: Stack) -> None:
    shown = account(stack, 3_000).splitlines()[-3:]
    assert all(0 <= json.loads(line)["probability"] <= 1 for line in shown)


def test_the_service_answers_on_the_published_port(stack: Stack) -> None:
    answer = stack.get("MODEL_REST_PORT", "/api/v1.0/predictions", {"jsonData": ["What a joke lol"]})
    assert sum(answer["data"]["tensor"]["values"]) == pytest.approx(1.0)


def test_every_container_runs_on_a_read_only_root_and_not_as_root(stack: Stack) -> None:
    for service in ("kafka", "model", "worker"):
        container = stack.containers(service)[0]
        assert inspect(container)["HostConfig"]["ReadonlyRootfs"]
        assert docker("exec", container, "id", "-u") != "0"
        ports = inspect(container)["NetworkSettings"]["Ports"].values()
        assert {published["HostIp"] for each in ports if each for published in each} <= {"127.0.0.1"}


def test_doctor_finds_what_the_worker_uses_and_sends_a_comment_there_and_back(stack: Stack) -> None:
    said = stack.compose("run", "--rm", "--no-TTY", "modstream", "doctor", "--round-trip", "--json")
    found = {each["check"]: each for each in json.loads(said)["findings"]}
    assert {found[check]["status"] for check in ("service", "round trip", "lag")} == {"ok"}
    assert found["service"]["found"].startswith("http://model:9000 scores")


def test_health_checks_do_not_ask_a_proxy_that_docker_is_configured_with(stack: Stack) -> None:
    watch(stack)
    nobody = "http://127.0.0.1:1"
    proxy = [f"--env={name}={nobody}" for name in ("http_proxy", "HTTP_PROXY")]
    for service in ("kafka", "model", "worker", "prometheus"):
        container = stack.containers(service)[0]
        kind, *check = inspect(container)["Config"]["Healthcheck"]["Test"]
        assert kind == "CMD"
        docker("exec", *proxy, container, *check)


@pytest.mark.parametrize("codec", ["snappy", "zstd"])
async def test_comments_of_a_producer_that_compresses_are_taken(stack: Stack, codec: str) -> None:
    """For these two Kafka unpacks native libraries, into a folder that has to let programs run."""
    before = stack.sent()
    at = f"localhost:{stack.ports['KAFKA_PORT']}"
    async with AIOKafkaProducer(
        bootstrap_servers=at, compression_type=codec, request_timeout_ms=10_000
    ) as producer:
        await producer.send_and_wait("reddit_stream", json.dumps({"id": codec, "body": codec * 50}).encode())
    said = stack.compose("run", "--rm", "verify")
    assert ACCOUNTED.format(before + 1) in said


def test_a_setting_of_the_shell_reaches_the_worker_and_grpc_does_as_rest(stack: Stack) -> None:
    stack.compose("up", "--detach", "--wait", "worker", MOD_CLASSIFIER_URL="grpc://model:5000")
    (worker,) = stack.containers("worker")
    assert "MOD_CLASSIFIER_URL=grpc://model:5000" in inspect(worker)["Config"]["Env"]
    account(stack, 1_000)
    stack.compose("up", "--detach", "--wait", "worker")


def test_three_workers_share_the_work(stack: Stack) -> None:
    stack.compose("up", "--detach", "--wait", "--scale", "worker=3")
    assert len(stack.containers("worker")) == 3
    account(stack, 3_000)
    tool = "/opt/kafka/bin/kafka-consumer-groups.sh --bootstrap-server localhost:29092"
    ask = f"{tool} --describe --members --group modstream".split()
    members = stack.compose("exec", "-T", "kafka", *ask).strip().splitlines()[1:]
    shares = [int(line.split()[-1]) for line in members]
    assert len(shares) == 3
    assert min(shares) >= 1
    assert sum(shares) == 4 + 1, "the comments' partitions, and that of the partial windows"


def crash_under_load(stack: Stack, service: str) -> tuple[int, int]:
    """Crash a container while comments come in, and let them come to their end.

    Returns:
        The status of the replay, and how many comments it says the broker has confirmed.
    """
    before = stack.sent()
    load = stack.begin(
        *("run", "--rm", "--no-TTY", "replay"),
        REPLAY_COMMENTS=str(CRASH_COMMENTS),
        REPLAY_RATE="800",
        VERIFY_WAIT_S="300",
    )
    wait_until(lambda: stack.sent() > before + 1_000, "comments come in", 120)
    victim = stack.containers(service)[0]
    restarts = inspect(victim)["RestartCount"]
    stack.crash(victim)
    wait_until(lambda: inspect(victim)["RestartCount"] > restarts, "it is started again", BACK_WITHIN_S)
    wait_until(lambda: stack.is_healthy(victim), "it is healthy again", BACK_WITHIN_S)
    said, _ = load.communicate(timeout=600)
    sent = re.search(r"^([\d,]+) comments sent", said, re.MULTILINE)
    assert sent, said
    return load.returncode, int(sent[1].replace(",", ""))


@pytest.mark.parametrize("service", ["worker", "model"])
def test_nothing_is_lost_when_worker_or_service_crash_under_load(stack: Stack, service: str) -> None:
    before = stack.sent()
    assert crash_under_load(stack, service) == (0, CRASH_COMMENTS)
    said = stack.compose("run", "--rm", "verify")
    assert ACCOUNTED.format(before + CRASH_COMMENTS) in said


def test_nothing_that_kafka_confirmed_is_lost_when_it_crashes_under_load(stack: Stack) -> None:
    """A broker that is away for longer than replay waits has not confirmed all."""
    before = stack.sent()
    _, confirmed = crash_under_load(stack, "kafka")
    said = stack.compose("run", "--rm", "verify", VERIFY_WAIT_S="300")
    after = stack.sent()
    assert after >= before + confirmed > before + 1_000
    assert ACCOUNTED.format(after) in said


def test_prometheus_scrapes_every_worker_and_the_service(stack: Stack) -> None:
    watch(stack)

    def health() -> list[tuple[str, str]]:
        targets = stack.get("PROMETHEUS_PORT", "/api/v1/targets")["data"]["activeTargets"]
        return sorted((each["labels"]["job"], each["health"]) for each in targets)

    wanted = [("model", "up"), *[("worker", "up")] * len(stack.containers("worker"))]
    seen = []

    def is_so() -> bool:
        seen.append(health())
        return seen[-1] == wanted

    wait_until(is_so, f"all targets are up; at the last look: {json.dumps(seen[-1:])}", 90)


def test_a_stopped_stack_leaves_nothing_of_any_profile(stack: Stack) -> None:
    watch(stack)
    stack.compose("--profile", "replay", "create", "verify")
    services = stack.compose("--profile", "*", "ps", "--all", "--format", "{{.Service}}").split()
    assert {"kafka", "topics", "model", "worker", "verify", "prometheus"} <= set(services)
    stack.compose("--profile", "*", "down", "--volumes")
    assert stack.left() == []
