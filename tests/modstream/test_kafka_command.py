"""`modstream kafka` and `modstream topics` as a user or a script meets them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modstream.local_kafka import default_broker, free_port
from modstream.settings import DoorSettings

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, kafka_cache_dir: Path) -> Iterator[Run]:
    """Yield a function that runs the command with state of its own; a broker it left is stopped."""
    own = {"MOD_STATE_DIR": str(tmp_path / "state"), "MOD_CACHE_DIR": str(kafka_cache_dir)}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
        return subprocess.run(
            [sys.executable, "-m", "modstream", *arguments],
            env=inherited | own | environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    yield run
    default_broker(DoorSettings(state_dir=tmp_path / "state", cache_dir=kafka_cache_dir)).stop()


def test_the_help_loads_nothing_heavy() -> None:
    heavy = {"kafka", "jgo", "psutil", "requests", "aiokafka", "faust", "sklearn", "spacy"}
    code = f"import sys, modstream.cli; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "verb", [["kafka", "up"], ["kafka", "down"], ["kafka", "status"], ["topics", "create"], ["topics", "ls"]]
)
def test_each_verb_has_help_with_examples(run: Run, verb: list[str]) -> None:
    answer = run(*verb, "--help")
    assert answer.returncode == 0
    assert "Examples:" in answer.stdout


def test_without_a_broker_status_is_3_and_says_where_it_would_be(run: Run, tmp_path: Path) -> None:
    answer = run("kafka", "status", "--json")
    assert answer.returncode == 3
    found = json.loads(answer.stdout)
    assert (found["running"], found["bootstrap"]) == (False, "127.0.0.1:9092")
    assert found["data"] == str(tmp_path / "state" / "kafka" / "data")
    assert run("kafka", "down").returncode == 0


def test_without_a_broker_topics_say_how_to_start_one(run: Run) -> None:
    answer = run("topics", "ls")
    assert answer.returncode == 1
    assert "modstream kafka up" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_taken_port_is_one_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        answer = run("kafka", "up", "--port", str(other.getsockname()[1]))
    assert answer.returncode == 1
    assert answer.stderr.startswith("modstream: port ")
    assert "--port" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_named_cluster_means_nothing_is_started(run: Run, tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    answer = run("kafka", "up", MOD_KAFKA_BOOTSTRAP=nobody)
    assert answer.returncode == 0
    assert f"{nobody} is used, no local Kafka is started" in answer.stdout
    assert not (tmp_path / "state").exists()
    status = run("kafka", "status", "--json", MOD_KAFKA_BOOTSTRAP=nobody)
    assert (status.returncode, json.loads(status.stdout)["running"]) == (3, False)


@pytest.mark.kafka
def test_status_of_a_named_cluster_asks_it(run: Run, kafka_bootstrap: str) -> None:
    answer = run("kafka", "status", MOD_KAFKA_BOOTSTRAP=kafka_bootstrap)
    assert answer.returncode == 0
    assert kafka_bootstrap in answer.stdout


@pytest.mark.kafka
def test_a_broker_outlives_its_command_until_down(run: Run) -> None:
    port = free_port()
    up = run("kafka", "up", "--port", str(port))
    assert (up.returncode, up.stderr) == (0, "")
    assert f"Kafka runs at 127.0.0.1:{port}" in up.stdout

    status = json.loads(run("kafka", "status", "--json").stdout)
    assert (status["running"], status["bootstrap"]) == (True, f"127.0.0.1:{port}")
    assert 0 < status["memory_bytes"] < 400 * 1024 * 1024
    assert "memory" in run("kafka", "status").stdout

    assert "runs already" in run("kafka", "up").stdout
    elsewhere = run("kafka", "up", "--port", str(port + 1))
    assert (elsewhere.returncode, "modstream kafka down" in elsewhere.stderr) == (1, True)
    wipe = run("kafka", "up", "--wipe")
    assert (wipe.returncode, "modstream kafka down" in wipe.stderr) == (1, True)

    down = run("kafka", "down", "--wipe")
    assert (down.returncode, "Kafka is stopped" in down.stdout) == (0, True)
    assert not Path(status["data"]).exists()
    assert run("kafka", "status").returncode == 3


@pytest.mark.kafka
def test_topics_are_created_once_and_differences_reported(run: Run, kafka_bootstrap: str) -> None:
    cluster = {"MOD_KAFKA_BOOTSTRAP": kafka_bootstrap, "MOD_TOPIC_PREFIX": f"command-{os.getpid()}-"}
    name = f"{cluster['MOD_TOPIC_PREFIX']}reddit_stream"
    missing = json.loads(run("topics", "ls", "--json", **cluster).stdout)
    assert all(topic["missing"] for topic in missing)

    first = run("topics", "create", **cluster)
    assert (first.returncode, f"{name}: created" in first.stdout) == (0, True)
    again = run("topics", "create", "--json", **cluster)
    assert (again.returncode, {topic["outcome"] for topic in json.loads(again.stdout)}) == (0, {"exists"})

    other = run("topics", "create", MOD_TOPIC_PARTITIONS="7", **cluster)
    assert other.returncode == 1
    assert f"{name}: differs; partitions=4, not 7" in other.stdout
    assert name in other.stderr

    listed = run("topics", "ls", **cluster)
    rows = [line.split(maxsplit=4) for line in listed.stdout.splitlines()]
    assert rows[0] == [name, "4", "delete", "0", "comments to moderate"]
