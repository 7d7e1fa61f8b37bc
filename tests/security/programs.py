"""Worker and command as a user starts them, on the secured broker."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.kafka_cluster import Cluster
from tests.security.secured import environment_of

DEADLINE_S = 60.0
SECRET = "tops3cret"


class Ended(NamedTuple):
    """What became of a program."""

    status: int
    output: str
    """All that it printed."""

    @property
    def last_line(self) -> str:
        """Return the last of it."""
        return self.output.splitlines()[-1]


def environment(cluster: Cluster, prefix: str) -> dict[str, str]:
    """Return the environment of a program that uses topics under a prefix."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
    return {**clean, **environment_of(cluster), "MOD_TOPIC_PREFIX": prefix}


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a program."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(program: subprocess.Popen[str]) -> Ended:
    """Return what a program did, once it has ended; no secret is in what it printed."""
    try:
        output, _ = program.communicate(timeout=DEADLINE_S)
    finally:
        program.kill()
    assert SECRET not in output
    return Ended(program.returncode, output)


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run a program to its end."""
    return ended(start(arguments, environment))
