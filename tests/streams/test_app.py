"""The worker as Faust's own command builds it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def faust(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
    command = [str(Path(sys.executable).with_name("faust")), "-A", "streams.app", *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**clean, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_faust_finds_the_app_and_its_agent(tmp_path: Path) -> None:
    done = faust("agents", cwd=tmp_path, MOD_TOPIC_PREFIX="eu.")
    assert done.returncode == 0, done.stderr
    assert "Score each comment and tell the moderators" in done.stdout
    assert "eu.reddit_stream" in done.stdout
    assert list(tmp_path.iterdir()) == [], "nothing is written where it is started"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "MOD_MODERATION_THRESHOLD",
            "1.5",
            "MOD_MODERATION_THRESHOLD=1.5: use a number from 0 to 1, or a name",
        ),
        ("MOD_CLASSIFIER_URL", "foo", "MOD_CLASSIFIER_URL=foo: use http://host:port"),
        ("MOD_CLASSIFIER_URL", "inprocess:no.such.Class", "no.such.Class"),
        ("MOD_PRODUCER_ACKS", "0", "producer_acks must be -1"),
        ("MOD_CONSUMER_AUTO_OFFSET_RESET", "latest", "consumer_auto_offset_reset must be earliest"),
        ("MOD_BROKER_URL", "kafka://elsewhere:9092", "broker must be"),
        ("MOD_BROKER_COMMIT_EVERY", "x", "one of Faust's settings in the environment (MOD_...) is wrong"),
        ("MOD_STREAM_WAIT_EMPTY", "0", "stream_wait_empty must be True"),
    ],
)
def test_setting_that_would_break_a_promise_is_one_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    done = faust("agents", cwd=tmp_path, **{name: value})
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_unprefixed_variables_of_other_programs_change_nothing(tmp_path: Path) -> None:
    """A Kubernetes service called "web" puts WEB_PORT=tcp://... into every container."""
    done = faust("agents", cwd=tmp_path, WEB_PORT="tcp://10.0.0.1:80", PRODUCER_ACKS="0", BROKER_URL="x://y")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["sklearn", "seldon_core", "model_service", "training", "modstream"])
def test_worker_imports_neither_the_model_nor_the_command(package: str) -> None:
    code = f"import sys, streams.app; sys.exit({package!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
