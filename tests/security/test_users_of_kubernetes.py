"""What `k8s/` allows the user of jobs is enough for what jobs run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modstream.consumer_group import wait_until_stable
from modstream.worker_process import WorkerProcess
from streams.topics import Topics
from tests.security import acl_commands, programs
from tests.security.conftest import PREFIX
from tests.security.secured import Secured

pytestmark = pytest.mark.kafka

GROUP = f"{PREFIX}modstream"
USERS = Path(__file__).parents[2] / "k8s/overlays/production/kafka/users.yaml"
VERBS = (
    ("doctor", "--for", "verify", "--round-trip", "--within", "50"),
    ("state", "show"),
    ("dlq", "ls"),
    ("verify", "--wait", "30"),
)


def commands(user: str, called: str) -> Iterator[str]:
    """Yield the `kafka-acls` commands that allow somebody what Strimzi allows a KafkaUser."""
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(USERS.read_text("utf-8")))
    (found,) = [each["spec"] for each in documents if each["metadata"]["name"] == user]
    for acl in found["authorization"]["acls"]:
        resource = f"--{acl['resource']['type']} {acl['resource']['name']}"
        operations = " ".join(f"--operation {each}" for each in acl["operations"])
        yield f"kafka-acls $KAFKA --add --allow-principal User:{called} {operations} {resource}"


def environment(secured: Secured, user: str) -> dict[str, str]:
    return programs.environment(secured.as_user(user), PREFIX) | {"MOD_CLASSIFIER_URL": "inprocess:"}


@pytest.fixture
def worker(secured: Secured, granted: Topics, tmp_path: Path) -> Iterator[None]:
    """Have a worker on the topics."""
    started = WorkerProcess.start(environment(secured, "worker"), tmp_path / "worker.log")
    try:
        wait_until_stable(
            secured.as_user("reader"), GROUP, 1, 90.0, logs=str(tmp_path), check=started.require_alive
        )
        yield
    finally:
        started.stop()


def test_user_of_jobs_may_do_what_jobs_run(secured: Secured, worker: None) -> None:
    acl_commands.apply(commands("modstream-command", "jobs"), secured.open, PREFIX)
    for verb in VERBS:
        told = programs.run(("modstream", *verb), environment(secured, "jobs"))
        assert told.status == 0, f"{verb}: {told.output}"
