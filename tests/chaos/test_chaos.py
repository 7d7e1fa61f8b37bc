"""A short chaos run to its end, and one that is stopped in its middle."""

import json
import signal
from pathlib import Path

import pytest

from tests.command import start
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

COMMENTS = 6_000
KILLS = 8
SEED = 3


@pytest.mark.usefixtures("leftovers")
def test_nothing_is_lost_while_everything_is_killed(tmp_path: Path, environment: dict[str, str]) -> None:
    path, output = tmp_path / "report.json", tmp_path / "output"
    run = start(
        "chaos",
        *("--comments", str(COMMENTS), "--kills", str(KILLS), "--seed", str(SEED), "--json", str(path)),
        environment=environment,
        output=output,
    )
    try:
        status = run.wait(300)
    finally:
        run.terminate()
        run.wait(30)
    assert status == 0, output.read_text()
    report = json.loads(path.read_bytes())
    assert report["ok"], report["problems"]
    assert (report["verdict"]["missing"], report["verdict"]["conflicting"]) == (0, 0)
    assert report["comments"] == COMMENTS
    assert report["inputs"] >= COMMENTS + report["bad_records"]
    assert report["kills_total"] == KILLS
    assert set(report["kills"]) == {"broker", "service", "worker"}
    assert report["redelivered"] <= report["kill_bound"]
    assert all(each["began_s"] is not None and each["ended_s"] is not None for each in report["faults"])
    assert report["drained"]
    assert path.with_suffix(".png").stat().st_size > 10_000
    assert f"seed {SEED}" in output.read_text()
    assert not list((tmp_path / "state").glob("chaos-*"))


@pytest.mark.usefixtures("leftovers")
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("seed 1", id="starting"),
        pytest.param("kill ", id="in-mid-stream"),
    ],
)
def test_run_that_is_interrupted_leaves_nothing(
    tmp_path: Path, environment: dict[str, str], moment: str
) -> None:
    output = tmp_path / "output"
    run = start("chaos", "--seed", "1", "--kills", "20", environment=environment, output=output)
    eventually(lambda: moment in output.read_text() or run.poll() is not None, moment)
    assert run.poll() is None, output.read_text()
    run.send_signal(signal.SIGINT)
    assert run.wait(30) == 130
    assert "nothing of it is left running" in output.read_text()
    assert "Traceback" not in output.read_text()
    assert not list((tmp_path / "state").glob("chaos-*"))
