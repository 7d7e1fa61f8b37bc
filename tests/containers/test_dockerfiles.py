"""What can be seen of the Dockerfiles without an engine."""

import json
import re
from pathlib import Path

import pytest

from tests.containers.engine import ROOT, VERSION

FILES = [ROOT / package / "Dockerfile" for package in ("streams", "model_service", "modstream")]


def lines_of(path: Path) -> list[str]:
    return path.read_text().replace("\\\n", " ").splitlines()


@pytest.fixture(params=FILES, ids=lambda path: path.parent.name)
def lines(request: pytest.FixtureRequest) -> list[str]:
    return lines_of(request.param)


def named(lines: list[str], instruction: str) -> list[str]:
    return [line.removeprefix(instruction).strip() for line in lines if line.startswith(f"{instruction} ")]


def test_every_stage_is_on_the_same_small_python(lines: list[str]) -> None:
    assert named(lines, "FROM") == ["python:3.12-slim AS build", "python:3.12-slim"]


def test_nothing_runs_as_root(lines: list[str]) -> None:
    assert named(lines, "USER") == ["10001:10001"]
    last_run = max(number for number, line in enumerate(lines) if line.startswith("RUN "))
    assert lines.index("USER 10001:10001") > last_run


def test_what_is_installed_is_pinned_with_its_hash(lines: list[str]) -> None:
    installs = [line for line in named(lines, "RUN") if re.search(r"pip (install|sync)|uv build", line)]
    assert installs
    for install in installs:
        assert "--require-hashes" in install


def test_the_program_gets_its_signals_itself(lines: list[str]) -> None:
    started = named(lines, "CMD") + named(lines, "ENTRYPOINT")
    assert started
    assert all(each.startswith("[") for each in started), "a shell would keep SIGTERM to itself"


def test_the_image_says_the_projects_version_if_nobody_names_one(lines: list[str]) -> None:
    assert f"VERSION={VERSION}" in named(lines, "ARG")


@pytest.mark.parametrize("package", ["streams", "model_service"])
def test_what_lasts_has_a_health_check_that_needs_python_alone_and_no_proxy(package: str) -> None:
    (check,) = named(lines_of(ROOT / package / "Dockerfile"), "HEALTHCHECK")
    program = json.loads(check.partition("CMD ")[2])
    assert program[:2] == ["python", "-c"]
    assert "ProxyHandler({})" in program[2]


def test_a_job_has_no_health_check() -> None:
    assert named(lines_of(ROOT / "modstream" / "Dockerfile"), "HEALTHCHECK") == ["NONE"]
