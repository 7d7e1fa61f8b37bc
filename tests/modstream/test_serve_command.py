"""`modstream serve` as a user or a script meets it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import psutil
import pytest
from msgspec import Struct

from model_service.bundle import load_bundle
from model_service.settings import BASELINE
from tests.modstream.service_processes import (
    DEADLINE_S,
    Ports,
    assert_nothing_is_left,
    family,
    killed_in_the_end,
    listening_addresses,
)

SERVE = [sys.executable, "-m", "modstream", "serve"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}


class Serving(Struct, frozen=True):
    """A `modstream serve` that has said that it serves."""

    command: subprocess.Popen[str]
    ports: Ports
    said: str
    processes: list[psutil.Process]


@pytest.fixture(scope="module")
def several() -> Iterator[list[Serving]]:
    """Yield three, to be ended each in its way; the second has its ports from the environment."""
    ports = [Ports.free() for _ in range(3)]
    options = [ports[0].options(), [], ports[2].options()]
    with contextlib.ExitStack() as running:
        commands = []
        for own, chosen in zip(ports, options, strict=True):
            command = subprocess.Popen(
                [*SERVE, *chosen],
                env=CLEAN | ({} if chosen else own.environment()),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            commands.append(command)
            running.enter_context(killed_in_the_end(command))
        said = [command.stdout.readline() if command.stdout else "" for command in commands]
        serving = [
            Serving(command, own, line, family(command.pid)[1:])
            for command, own, line in zip(commands, ports, said, strict=True)
        ]
        yield serving
    for process in chain.from_iterable(each.processes for each in serving):
        with contextlib.suppress(psutil.NoSuchProcess):  # as it should be
            process.kill()


@pytest.mark.parametrize("place", [0, 1], ids=["by-options", "by-environment"])
def test_one_line_says_what_is_served_and_where(several: list[Serving], place: int) -> None:
    serving = several[place]
    assert serving.said == (
        f"serving model {load_bundle(BASELINE).model_version}: "
        f"REST http://127.0.0.1:{serving.ports.http}, gRPC grpc://127.0.0.1:{serving.ports.grpc}\n"
    )
    addresses = listening_addresses(serving.processes)
    assert set(addresses) == set(serving.ports.all())
    assert set.union(*addresses.values()) <= {"127.0.0.1", "::ffff:127.0.0.1"}


@pytest.mark.parametrize(
    ("place", "number", "status"),
    [(0, signal.SIGTERM, 0), (1, signal.SIGINT, 130), (2, signal.SIGKILL, -signal.SIGKILL)],
)
def test_signal_leaves_no_process_and_no_port_taken(
    several: list[Serving], place: int, number: int, status: int
) -> None:
    serving = several[place]
    serving.command.send_signal(number)
    _, errors = serving.command.communicate(timeout=DEADLINE_S)
    assert serving.command.returncode == status
    assert errors == ""
    assert_nothing_is_left(serving.processes, serving.ports)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SERVE, *arguments],
        env=CLEAN | environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def assert_one_sentence(answer: subprocess.CompletedProcess[str], status: int, *parts: str) -> None:
    assert answer.returncode == status
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert answer.stderr.startswith("modstream: ")
    for part in parts:
        assert part in answer.stderr


def test_taken_port_is_one_sentence() -> None:
    ports = Ports.free()
    with socket.create_server(("127.0.0.1", ports.grpc)):
        answer = run(*ports.options())
    assert_one_sentence(answer, 1, f"127.0.0.1:{ports.grpc}", "--grpc-port", "Address already in use")


def test_missing_bundle_is_one_sentence(tmp_path: Path) -> None:
    answer = run(MOD_MODEL_DIR=str(tmp_path))
    assert_one_sentence(answer, 1, str(tmp_path), "model.json", "modstream train")


def test_damaged_bundle_is_one_sentence(tmp_path: Path) -> None:
    damaged = shutil.copytree(BASELINE, tmp_path / "damaged")
    with (damaged / "weights.npz").open("ab") as file:
        file.write(b"!")
    assert_one_sentence(run("--model", str(damaged)), 1, "weights.npz", "SHA-256 differs")


def test_bad_setting_is_one_sentence_that_names_it() -> None:
    assert_one_sentence(run(MOD_SERVICE_WORKERS="none"), 2, "MOD_SERVICE_WORKERS=none")


def test_help_has_examples() -> None:
    answer = run("--help")
    assert answer.returncode == 0
    assert "Examples:" in answer.stdout
