"""What integration tests share: a broker for the whole run, and topics of their own for each test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from modstream import topic_admin
from modstream.cluster import require_broker
from modstream.local_kafka import LocalKafka, free_port
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests import command
from tests.containers.engine import missing_engine


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--containers", action="store_true", help="run what needs a Docker engine, and Kafka in a container"
    )


@pytest.fixture(scope="session")
def kafka_cache_dir() -> Path:
    """Return where Kafka's jars are kept; the user's own folder, so that they are downloaded once."""
    return DoorSettings().cache_dir


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """Return the address of a broker for the whole run: with --containers one in a container, else the one
    in MOD_KAFKA_BOOTSTRAP, else one of the run's own."""
    containers = request.config.getoption("--containers")
    if not containers and (named := os.environ.get("MOD_KAFKA_BOOTSTRAP")):
        require_broker(Cluster(named), timeout_s=10)
        return named
    return str(request.getfixturevalue("kafka_in_a_container" if containers else "kafka_of_this_run"))


@pytest.fixture(scope="session")
def kafka_in_a_container() -> Iterator[str]:
    reason = missing_engine()
    if reason is not None:
        pytest.skip(reason)
    from tests.kafka_container import ApacheKafkaContainer

    with ApacheKafkaContainer() as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def kafka_of_this_run(tmp_path_factory: pytest.TempPathFactory, kafka_cache_dir: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("kafka")
    with LocalKafka(folder, free_port(), cache_dir=kafka_cache_dir, die_with_parent=True) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def cluster(kafka_bootstrap: str) -> Cluster:
    """Return the same broker as our own functions take it."""
    return Cluster(kafka_bootstrap)


@pytest.fixture
def topics(cluster: Cluster) -> Iterator[Topics]:
    """Yield the pipeline's topics under a prefix of this test's own, empty; deleted after it."""
    mine = Topics.named(prefix=f"test-{uuid.uuid4().hex[:8]}-")
    topic_admin.create(cluster, mine)
    yield mine
    topic_admin.delete(cluster, mine)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a command that starts everything itself."""
    return command.environment_of_its_own(tmp_path / "state")


@pytest.fixture
def leftovers(tmp_path: Path) -> Iterator[None]:
    """Fail if a process or a folder of the test's command is still there at its end."""
    yield
    state = tmp_path / "state"
    assert [each.cmdline() for each in command.processes_of(state)] == []
    assert [*state.glob("demo-*"), *state.glob("chaos-*")] == []
