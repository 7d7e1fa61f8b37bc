"""Wrong uses, as a new user would try them: one sentence, a status that is not zero, no traceback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from modstream.local_kafka import free_port

WRONG_COLUMNS = "text,label\nhello,1\n"


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
    # Somebody may run a worker on this machine, on its usual port.
    defaults = {"MOD_STATE_DIR": str(cwd / "state"), "MOD_WEB_PORT": str(free_port()), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "modstream", *arguments],
        cwd=cwd,
        env={**clean, **defaults, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "environment", "sentence"),
    [
        pytest.param("replay wrong.csv", {}, "no Kafka broker answers", id="replay-no-broker"),
        pytest.param("verify", {}, "no Kafka broker answers", id="verify-no-broker"),
        pytest.param("topics ls", {}, "no Kafka broker answers", id="topics-no-broker"),
        pytest.param(
            "worker",
            {"MOD_MODERATION_THRESHOLD": "1.5"},
            "MOD_MODERATION_THRESHOLD=1.5",
            id="worker-threshold",
        ),
        pytest.param(
            "demo", {"MOD_MODERATION_THRESHOLD": "1.5"}, "use a number from 0 to 1", id="demo-threshold"
        ),
        pytest.param(
            "demo", {"MOD_MODERATION_THRESHOLD": "nope"}, "MOD_MODERATION_THRESHOLD=nope", id="demo-name"
        ),
        pytest.param("chaos", {"MOD_MODERATION_THRESHOLD": "nope"}, "it has balanced", id="chaos-name"),
        pytest.param(
            "windows recount wrong.csv --threshold nope",
            {},
            "--threshold=nope: the model in",
            id="recount-name",
        ),
        pytest.param("worker --threshold 1.5", {}, "'--threshold'", id="worker-threshold-option"),
        pytest.param("demo --comments no.csv", {}, "cannot read no.csv: No such file", id="demo-no-file"),
        pytest.param(
            "demo --comments wrong.csv", {}, "wrong.csv has no column 'body'", id="demo-wrong-columns"
        ),
        pytest.param("demo --rate fast", {}, "--rate fast: use a number", id="demo-rate"),
        pytest.param("demo --json no/where.json", {}, "cannot write the report", id="demo-report"),
        pytest.param("demo", {"MOD_STATE_DIR": "wrong.csv/x"}, "MOD_STATE_DIR", id="demo-state-not-writable"),
        pytest.param("demo", {"MOD_CLASSIFIER_URL": "foo"}, "use http://host:port", id="demo-service-url"),
        pytest.param("train --data no.csv --out m", {}, "cannot read no.csv", id="train-no-file"),
        pytest.param("train --data wrong.csv --out m", {}, "no column 'body'", id="train-wrong-columns"),
        pytest.param(
            "train --data wrong.csv --out wrong.csv/m", {}, "cannot write the bundle", id="train-out"
        ),
        pytest.param(
            "evaluate --model no --data wrong.csv", {}, "no model bundle in no", id="evaluate-no-model"
        ),
        pytest.param("serve --model no", {}, "no model bundle in no", id="serve-no-model"),
        pytest.param(
            "topics ls", {"MOD_TOPIC_PARTITIONS": "x"}, "MOD_TOPIC_PARTITIONS=x", id="wrong-setting"
        ),
        pytest.param("fly", {}, "No such command 'fly'", id="no-such-verb"),
    ],
)
def test_wrong_use_is_one_sentence(
    tmp_path: Path, command: str, environment: dict[str, str], sentence: str
) -> None:
    (tmp_path / "wrong.csv").write_text(WRONG_COLUMNS)
    done = run(*command.split(), cwd=tmp_path, MOD_KAFKA_BOOTSTRAP="127.0.0.1:9", **environment)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" not in done.stdout


def test_taken_web_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("worker", "--web-port", str(port), cwd=tmp_path, MOD_KAFKA_BOOTSTRAP="127.0.0.1:9")
    assert done.returncode == 1
    assert f"port {port} of the worker's web server is taken" in done.stderr
    assert "--web-port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "verb",
    [
        "demo",
        "kafka up",
        "topics create",
        "sample",
        "train",
        "evaluate",
        "score",
        "serve",
        "chaos",
        "worker",
        "replay",
        "verify",
    ],
)
def test_every_verb_has_help_with_examples(tmp_path: Path, verb: str) -> None:
    done = run(*verb.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert f"modstream {verb}" in done.stdout
    assert "Examples" in done.stdout
