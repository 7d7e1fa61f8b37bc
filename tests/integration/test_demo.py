"""The demo as a user runs it: to its end, and stopped in its middle."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.command import start
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

COMMENTS = 300


@pytest.mark.usefixtures("leftovers")
def test_demo_ends_with_one_outcome_for_every_comment(tmp_path: Path, environment: dict[str, str]) -> None:
    report, output = tmp_path / "report.json", tmp_path / "output"
    demo = start(
        "demo",
        "--limit",
        str(COMMENTS),
        "--rate",
        "max",
        "--json",
        str(report),
        environment=environment,
        output=output,
    )
    assert demo.wait(120) == 0, output.read_text()
    told = json.loads(report.read_bytes())
    assert told["comments"] == told["predictions"] == COMMENTS
    assert (told["lost"], told["conflicting"], told["dead_letters"]) == (0, 0, 0)
    assert told["verification"]["ok"]
    assert 0 < told["alerts"] < COMMENTS
    assert told["first_alert_s"] > 0
    assert told["peak_memory_bytes"] < 1.5 * 2**30
    assert "newest alert" in output.read_text()
    for verb in ("verify", "windows", "windows plot --out", "state show"):
        assert verb in output.read_text().rpartition("Next:")[2]


@pytest.mark.usefixtures("leftovers")
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param("Starting Kafka", signal.SIGTERM, id="starting-sigterm"),
        pytest.param("a broker of the demo's own", signal.SIGINT, id="workers-starting-ctrl-c"),
        pytest.param("predictions", signal.SIGTERM, id="in-mid-stream-sigterm"),
        pytest.param("predictions", signal.SIGINT, id="in-mid-stream-ctrl-c"),
    ],
)
def test_demo_that_is_stopped_leaves_nothing(
    tmp_path: Path, environment: dict[str, str], moment: str, number: signal.Signals
) -> None:
    output = tmp_path / "output"
    demo = start("demo", "--rate", "20", environment=environment, output=output)
    eventually(lambda: moment in output.read_text() or demo.poll() is not None, moment)
    assert demo.poll() is None, output.read_text()
    demo.send_signal(number)
    assert demo.wait(60) == 128 + number
    assert "nothing of it is left running" in output.read_text()
    assert "Traceback" not in output.read_text()


@pytest.fixture
def stopped_in_the_end(tmp_path: Path, environment: dict[str, str]) -> Iterator[None]:
    """Leave no detached process behind, whatever the test found."""
    yield
    start("demo", "--stop", environment=environment, output=tmp_path / "stopped-in-the-end").wait(60)


@pytest.mark.usefixtures("leftovers", "stopped_in_the_end")
def test_killed_demo_that_was_to_be_kept_can_be_stopped(tmp_path: Path, environment: dict[str, str]) -> None:
    output = tmp_path / "output"
    demo = start("demo", "--rate", "20", "--keep", environment=environment, output=output)
    eventually(lambda: "predictions" in output.read_text() or demo.poll() is not None, "predictions")
    assert demo.poll() is None, output.read_text()
    demo.kill()
    demo.wait()
    stop = start("demo", "--stop", environment=environment, output=tmp_path / "stopped")
    assert stop.wait(60) == 0, (tmp_path / "stopped").read_text()


@pytest.mark.usefixtures("leftovers", "stopped_in_the_end")
def test_kept_demo_runs_until_it_is_stopped(tmp_path: Path, environment: dict[str, str]) -> None:
    output = tmp_path / "output"
    demo = start("demo", "--limit", "50", "--rate", "max", "--keep", environment=environment, output=output)
    assert demo.wait(120) == 0, output.read_text()
    (record,) = (tmp_path / "state").glob("demo-*/run.json")
    pids = [each["pid"] for each in json.loads(record.read_bytes())["processes"]]
    assert all(psutil.pid_exists(pid) for pid in pids)
    stop = start("demo", "--stop", environment=environment, output=tmp_path / "stopped")
    assert stop.wait(60) == 0
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not list((tmp_path / "state").glob("demo-*"))
