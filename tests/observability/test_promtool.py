"""What Prometheus's own tool says of our files, and the unit tests of the rules."""

import subprocess
from pathlib import Path

import pytest

from tests.observability import tools
from tests.observability.definitions import PROMETHEUS, RULE_FILES

WITHIN_S = 300.0


def promtool(*arguments: str, cwd: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    """Return what the tool did."""
    command = [str(tools.find_or_skip("promtool")), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=WITHIN_S, check=False)


def test_rules_are_valid() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", *map(str, RULE_FILES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_configuration_is_valid(tmp_path: Path) -> None:
    shipped = (PROMETHEUS / "prometheus.yml").read_text("utf-8")
    mounted = "/etc/prometheus/rules/"
    assert mounted in shipped
    (tmp_path / "prometheus.yml").write_text(shipped.replace(mounted, f"{PROMETHEUS}/rules/"))
    done = promtool("check", "config", "prometheus.yml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULE_FILES)} rule files found" in done.stdout


@pytest.mark.parametrize("file", sorted((PROMETHEUS / "tests").glob("*.yml")), ids=lambda file: file.stem)
def test_rules_do_what_their_unit_tests_say(file: Path) -> None:
    done = promtool("test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
