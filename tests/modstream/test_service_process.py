"""However the model service ends, no process of it stays and its ports are free again."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from msgspec import Struct

from model_service.errors import PortTakenError
from model_service.settings import BASELINE
from modstream.service_process import ServiceFailedError, ServiceProcess
from tests.modstream.service_processes import (
    Ports,
    are_free,
    assert_nothing_is_left,
    family,
)
from tests.waiting import eventually


class Running(Struct, frozen=True):
    """A service that answers."""

    service: ServiceProcess
    ports: Ports
    processes: list[psutil.Process]


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    """Yield three services, to be ended each in its way; started together, as starting takes seconds."""
    folder = tmp_path_factory.mktemp("services")
    with contextlib.ExitStack() as running:
        started = []
        for number in range(3):
            ports = Ports.free()
            service = ServiceProcess.start(None, *ports.all(), log_file=folder / f"{number}.log")
            started.append((running.enter_context(service), ports))
        for service, _ in started:
            service.wait_ready()
        yield [Running(service, ports, family(service.pid)) for service, ports in started]


def test_stop_leaves_nothing(several: list[Running]) -> None:
    service, ports, processes = several[0].service, several[0].ports, several[0].processes
    assert not are_free(ports), "else the rest of this test would show nothing"
    service.stop()
    assert service.wait(0) == 0
    assert_nothing_is_left(processes, ports)
    service.stop()


def test_interrupt_ends_the_service_in_good_order(several: list[Running]) -> None:
    running = several[1]
    running.processes[0].send_signal(signal.SIGINT)
    assert running.service.wait(30) == 0
    assert_nothing_is_left(running.processes, running.ports)


def test_killed_service_takes_its_workers_with_it(several: list[Running]) -> None:
    running = several[2]
    running.processes[0].kill()
    assert running.service.wait(30) == -signal.SIGKILL
    assert_nothing_is_left(running.processes, running.ports)


def test_addresses_are_those_that_clients_take(several: list[Running]) -> None:
    running = several[0]
    assert running.service.http_url == f"http://127.0.0.1:{running.ports.http}"
    assert running.service.grpc_url == f"grpc://127.0.0.1:{running.ports.grpc}"
    assert running.service.metrics_url == f"http://127.0.0.1:{running.ports.metrics}/metrics"


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_taken_port_is_found_before_anything_is_started(taken: int) -> None:
    ports = Ports.free().all()
    with (
        socket.create_server(("127.0.0.1", ports[taken])),
        pytest.raises(PortTakenError, match=f"cannot listen on 127.0.0.1:{ports[taken]} "),
    ):
        ServiceProcess.start(None, *ports)


def test_service_that_cannot_load_its_model_tells_its_last_words(tmp_path: Path) -> None:
    service = ServiceProcess.start(tmp_path / "none", *Ports.free().all(), log_file=tmp_path / "log")
    with service, pytest.raises(ServiceFailedError, match=r"ended with status 1.*no model bundle in .*none"):
        service.wait_ready()


def test_service_that_is_not_ready_in_time_is_stopped(tmp_path: Path) -> None:
    ports = Ports.free()
    with ServiceProcess.start(BASELINE, *ports.all(), log_file=tmp_path / "log") as service:
        process = psutil.Process(service.pid)
        with pytest.raises(ServiceFailedError, match="not ready after 0 s"):
            service.wait_ready(0)
    assert not process.is_running()
    eventually(lambda: are_free(ports), "the ports to be free")
