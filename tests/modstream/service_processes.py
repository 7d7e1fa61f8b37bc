"""What is left of a service, and what takes its ports: for the tests that stop one."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from typing import Any, Self

import psutil
from msgspec import Struct

from modstream.local_kafka import free_port
from tests.waiting import eventually

DEADLINE_S = 60.0


class Ports(Struct, frozen=True):
    """Free ports for one service."""

    http: int
    grpc: int
    metrics: int

    @classmethod
    def free(cls) -> Self:
        return cls(free_port(), free_port(), free_port())

    def all(self) -> tuple[int, int, int]:
        return self.http, self.grpc, self.metrics

    def environment(self) -> dict[str, str]:
        return {
            "MOD_SERVICE_HTTP_PORT": str(self.http),
            "MOD_SERVICE_GRPC_PORT": str(self.grpc),
            "MOD_SERVICE_METRICS_PORT": str(self.metrics),
        }

    def options(self) -> list[str]:
        ports = (self.http, self.grpc, self.metrics)
        names = ("--http-port", "--grpc-port", "--metrics-port")
        return [word for name, port in zip(names, ports, strict=True) for word in (name, str(port))]


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all below it."""
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def is_gone(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE  # orphans are reaped by whoever is pid 1, or nobody
    return True


def are_free(ports: Ports) -> bool:
    for port in ports.all():
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def assert_nothing_is_left(processes: list[psutil.Process], ports: Ports) -> None:
    assert len(processes) >= 3, "a service is several processes, so look at all of them"
    eventually(lambda: all(map(is_gone, processes)), f"all of {processes} to end")
    eventually(lambda: are_free(ports), f"{ports} to be free")


def listening_addresses(processes: list[psutil.Process]) -> dict[int, set[str]]:
    """Return the addresses that some processes listen on, by port."""
    found: dict[int, set[str]] = {}
    for process in processes:
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                found.setdefault(connection.laddr.port, set()).add(connection.laddr.ip)
    return found


@contextlib.contextmanager
def killed_in_the_end(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Kill a process that leads a group, and all of the group, whether the test has ended it or not."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(DEADLINE_S)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
