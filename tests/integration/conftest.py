"""The fixtures of the integration tests; what they give is in `pipeline.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modstream.local_kafka import free_port
from modstream.service_process import ServiceProcess
from streams.kafka_cluster import Cluster
from streams.topics import Topics
from tests.integration.pipeline import Pipeline


@pytest.fixture
def pipeline(cluster: Cluster, topics: Topics, tmp_path: Path) -> Iterator[Pipeline]:
    pipeline = Pipeline(cluster, topics, tmp_path)
    yield pipeline
    for worker in pipeline.workers:
        worker.stop()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The run's model service; a test that kills one starts its own."""
    log = tmp_path_factory.mktemp("service") / "service.log"
    with ServiceProcess.start(None, free_port(), free_port(), free_port(), log_file=log) as service:
        service.wait_ready()
        yield service
