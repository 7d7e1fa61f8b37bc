"""The processes that a chaos run hurts: each can be started, sent signals, and started again."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import psutil

from modstream.chaos.schedule import BROKER, SERVICE
from modstream.local_kafka import LocalKafka, free_port
from modstream.service_process import ServiceProcess
from modstream.worker_process import WorkerProcess


class Member(ABC):
    """A process with a name that outlives it: killed and started again, it is the same member."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.wanted = False
        """Whether it should run: somebody started it and nobody ended it on purpose."""

    @abstractmethod
    def start(self) -> None:
        """Start it and return at once; it must not be running."""

    @abstractmethod
    def signal(self, number: int) -> None:
        """Send it a signal; nothing happens when it has ended."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Return its process id, None while it does not run; a paused one does."""

    @property
    def is_running(self) -> bool:
        """Return whether its process is there, paused or not."""
        return self.pid is not None

    def destroy(self) -> None:
        """End it at once, whatever it is doing; it is gone when this returns."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        self.reap()

    @abstractmethod
    def reap(self) -> None:
        """Wait for a process that was killed to be gone, and let go of what belonged to it."""

    def memory_bytes(self) -> int | None:
        """Return the resident memory of its processes; pages they share count in each."""
        try:
            if (pid := self.pid) is None:
                return None
            first = psutil.Process(pid)
            family = [first, *first.children(recursive=True)]
            return sum(each.memory_info().rss for each in family)
        except psutil.Error:  # it ended this very moment
            return None


class BrokerMember(Member):
    """A Kafka broker that keeps its folder and its port."""

    def __init__(self, broker: LocalKafka) -> None:
        super().__init__(BROKER)
        self._broker = broker

    def start(self) -> None:
        """Start it; it serves some seconds later."""
        self._broker.launch()
        self.wanted = True

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if number == signal.SIGKILL:
            self._broker.kill()  # gone when this returns, so that it can be started again at once
        else:
            self._broker.signal(number)

    def reap(self) -> None:
        """Do nothing: it is gone as soon as it is killed."""

    @property
    def pid(self) -> int | None:
        """Return its process id."""
        return self._broker.status().pid


class ServiceMember(Member):
    """A model service that keeps its ports."""

    def __init__(self, log: Path) -> None:
        super().__init__(SERVICE)
        self._log = log
        self._ports = (free_port(), free_port(), free_port())
        self.process: ServiceProcess | None = None

    @property
    def url(self) -> str:
        """Return what workers call."""
        return f"http://127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        """Start it; it answers some seconds later.

        Raises:
            PortTakenError: If what is left of the one before still holds a port.
        """
        self.reap()
        self.process = ServiceProcess.start(None, *self._ports, log_file=self._log)
        self.wanted = True

    def signal(self, number: int) -> None:
        """Send it a signal, to each of its processes."""
        if self.process is not None and self.process.is_alive():
            self.process.signal(number)

    def reap(self) -> None:
        """Leave no zombie and no open pipe of a process that has ended, and nothing of its group."""
        if self.process is not None:
            self.process.stop(timeout_s=0.0)

    @property
    def pid(self) -> int | None:
        """Return the id of its first process."""
        return self.process.pid if self.process is not None and self.process.is_alive() else None


class WorkerMember(Member):
    """A worker in a slot of its own: its name, its log and its web server's port stay the same."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(name)
        self.log = log
        port = {"MOD_WEB_PORT": str(free_port()), "MOD_INSTANCE_ID": name}
        self._environment = {**environment, **port}
        self._process: WorkerProcess | None = None

    def start(self) -> None:
        """Start it; it is in its group some seconds later."""
        self._process = WorkerProcess.start(self._environment, self.log)
        self.wanted = True

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if self._process is not None:
            self._process.signal(number)

    def reap(self) -> None:
        """Wait for a process that was killed."""
        if self._process is not None:
            self._process.kill()

    @property
    def pid(self) -> int | None:
        """Return its process id."""
        return self._process.pid if self._process is not None and self._process.is_alive() else None
