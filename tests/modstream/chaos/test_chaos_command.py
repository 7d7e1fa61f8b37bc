"""The command's help, and its errors, before anything is started."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modstream", "chaos", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_has_the_scenarios_and_examples(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for text in ("Examples", "modstream chaos --scenario replace", "broker-away", "--seed", "--kills"):
        assert text in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--scenario", "fire"], "no such one", id="unknown-scenario"),
        pytest.param(["--workers", "9"], "has 4 at the most", id="too-many-workers"),
        pytest.param(["--json", "none/report.json"], "cannot write to none/report.json", id="report"),
        pytest.param(["--data", "none.csv"], "none.csv", id="data"),
    ],
)
def test_wrong_use_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_heavy_is_imported_for_the_command() -> None:
    code = "import sys, modstream.cli, modstream.chaos.run; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
