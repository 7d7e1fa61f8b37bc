"""What the tests on a Docker engine share: the engine, or why there is none, and the project's images."""

from collections.abc import Iterator

import pytest

from tests.containers.engine import docker, missing_engine, run


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> None:
    """Skip unless containers are asked for and an engine answers."""
    if not request.config.getoption("--containers"):
        pytest.skip("needs a Docker engine: make test-containers")
    reason = missing_engine()
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def images(engine: None) -> None:
    """Build the three images, as `make images` does."""
    run("scripts/images")


@pytest.fixture
def containers(engine: None) -> Iterator[list[str]]:
    """Yield a list for the ids of containers; they are removed after the test."""
    started: list[str] = []
    yield started
    if started:
        docker("rm", "--force", "--volumes", *started)
