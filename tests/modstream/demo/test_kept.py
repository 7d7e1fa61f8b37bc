"""What `modstream demo --stop` makes of runs that are not as they should be."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from modstream.demo.kept import RECORD, KeptProcess, KeptRun, stop_all
from modstream.settings import DoorSettings

COMMAND = ["/bin/sleep", "60"]


@pytest.fixture
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(COMMAND) as process:
        yield process
        process.kill()


def make_folder(settings: DoorSettings, name: str) -> Path:
    folder = settings.state_dir / name
    folder.mkdir(parents=True)
    return folder


def test_run_that_cannot_be_stopped_in_full_keeps_no_other(
    tmp_path: Path, sleeping: subprocess.Popen[bytes]
) -> None:
    settings = DoorSettings(state_dir=tmp_path)
    (make_folder(settings, "demo-a") / RECORD).write_text("{")
    gone = KeptRun(processes=[], bootstrap="127.0.0.1:9", prefix="p.", partitions=1, owns_broker=False)
    gone.write(make_folder(settings, "demo-b"))
    well = KeptRun(
        processes=[KeptProcess(sleeping.pid, COMMAND)],
        bootstrap="",
        prefix="",
        partitions=1,
        owns_broker=True,
    )
    well.write(make_folder(settings, "demo-c"))

    problems = {folder.name: problem for folder, problem in stop_all(settings)}

    assert "truncated" in str(problems["demo-a"])
    assert "no Kafka broker answers at 127.0.0.1:9" in str(problems["demo-b"])
    assert problems["demo-c"] is None
    assert sleeping.poll() is not None
    assert list(tmp_path.iterdir()) == []
