"""The Docker engine as the tests use it: by its command line, as the documentation does."""

import json
import subprocess
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

WORKER, SERVICE, COMMAND = (f"modstream/{name}:{VERSION}" for name in ("worker", "model-service", "cli"))
IMAGES = (WORKER, SERVICE, COMMAND)

LOCKED_DOWN = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""How docker-compose.yml and Kubernetes run a container."""

ASK_EVERY_S = 0.2
DEADLINE_S = 600.0


class CommandFailedError(AssertionError):
    """A command ended with a status other than 0."""


def run(
    *command: str, env: Mapping[str, str] | None = None, given: str = "", timeout_s: float = DEADLINE_S
) -> str:
    """Return what a command printed to standard output; one that fails, fails the test with all it said."""
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode:
        raise CommandFailedError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def docker(*arguments: str) -> str:
    """Return what `docker ...` printed, without the last line break."""
    return run("docker", *arguments).strip()


def inspect(name: str) -> Any:
    """Return what the engine knows of a container or an image."""
    return json.loads(docker("inspect", name))[0]


def logs(container: str) -> str:
    """Return what the program in a container has printed, to either stream."""
    return run("sh", "-c", 'docker logs "$1" 2>&1', "sh", container)


def missing_engine() -> str | None:
    """Return why there is no engine to use, None if there is one that answers, with compose."""
    for command in (("docker", "version"), ("docker", "compose", "version"), ("docker", "buildx", "version")):
        try:
            run(*command, timeout_s=30)
        except (OSError, CommandFailedError, subprocess.TimeoutExpired) as error:
            return f"no Docker engine with compose and buildx: {str(error).strip().splitlines()[-1]}"
    return None


def wait_until(is_so: Callable[[], bool], what: str, timeout_s: float = 60.0) -> float:
    """Return after how many seconds something was so; fail if it was not in time."""
    begun = time.monotonic()
    while not is_so():
        waited_s = time.monotonic() - begun
        assert waited_s < timeout_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(ASK_EVERY_S)
    return time.monotonic() - begun
