"""`modstream` as a user starts it: on a test's topics, or in a state folder of the test's own."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from streams.topics import Topics

DEADLINE_S = 60.0


def on_topics(bootstrap: str, topics: Topics) -> dict[str, str]:
    """Return an environment in which the command works on these topics."""
    prefix = topics.comments.name.removesuffix("reddit_stream")
    return os.environ | {"MOD_KAFKA_BOOTSTRAP": bootstrap, "MOD_TOPIC_PREFIX": prefix}


def run(bootstrap: str, topics: Topics, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what the command did with these topics."""
    return subprocess.run(
        [sys.executable, "-m", "modstream", *arguments],
        env=on_topics(bootstrap, topics),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def environment_of_its_own(state: Path) -> dict[str, str]:
    """Return an environment with nothing of the tests' own cluster: the command starts everything."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}
    return {**clean, "MOD_STATE_DIR": str(state)}


def start(verb: str, *options: str, environment: dict[str, str], output: Path) -> subprocess.Popen[bytes]:
    """Start the command; what it prints goes into a file."""
    with output.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "modstream", verb, *options],
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def processes_of(state: Path) -> list[psutil.Process]:
    """Return the processes that commands with this state folder have left running."""
    mark = str(state)
    left = [each for each in psutil.process_iter() if mark in _environment(each).get("MOD_STATE_DIR", "")]
    return [each for each in left if each.status() != psutil.STATUS_ZOMBIE]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}
