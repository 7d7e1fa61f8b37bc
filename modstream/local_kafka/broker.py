"""One Kafka broker on this machine, in a folder of its own."""

import contextlib
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from modstream.child_process import end
from modstream.local_kafka import configuration, probe
from modstream.local_kafka.errors import (
    BrokerEndedError,
    BrokerRunningError,
    BrokerStartError,
    PortTakenError,
)
from modstream.local_kafka.folder import InstanceFolder, last_lines
from modstream.local_kafka.process import BrokerRecord, memory_of
from modstream.local_kafka.program import Program
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster

if TYPE_CHECKING:
    import psutil

DEFAULT_PORT = 9092

POLL_S = 0.05

PORT_RELEASE_S = 2.0
"""How long a broker that was just killed may still hold its port."""


@dataclass(frozen=True)
class BrokerStatus:
    """How an instance is doing; without a running broker `pid` and `memory_bytes` are None."""

    running: bool
    bootstrap: str
    pid: int | None
    memory_bytes: int | None
    data: Path
    logs: Path


class LocalKafka:
    """One broker, its own controller, on the loopback; its folder holds all of it.

    `data/` is Kafka's, `logs/` holds `server.log` (rolled at each start and at 10 MB) and `output.log`,
    `broker.json` names the running process, so that another command finds it.

    As a context manager it is started and, in any case, stopped.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        cache_dir: Path,
        die_with_parent: bool = False,
        extra: configuration.Extra = configuration.NOTHING,
    ) -> None:
        """Describe an instance; nothing is touched before `start`.

        Args:
            folder: Its folder, made when missing.
            port: Loopback port for clients.
            cache_dir: Where Kafka's jars are kept.
            die_with_parent: Stop the broker when this process ends, even by SIGKILL (Linux, and `start`
                called in the main thread). Otherwise it runs until someone calls `stop`.
            extra: What it is told beyond what every broker of ours is.
        """
        self.folder = folder.absolute()
        self.port = port
        self._files = InstanceFolder(self.folder)
        self._cache_dir = cache_dir
        self._die_with_parent = die_with_parent
        self._extra = extra
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """Return the address for clients: the running broker's, else the one it would have."""
        return self.status().bootstrap

    @property
    def cluster(self) -> Cluster:
        """Return how clients connect to it."""
        return Cluster(self.bootstrap)

    def status(self) -> BrokerStatus:
        """Return how the instance is doing now."""
        record = BrokerRecord.read(self._files.record)
        running = self._process(record)
        return BrokerStatus(
            running=running is not None,
            bootstrap=record.bootstrap if record and running else f"{probe.LOOPBACK}:{self.port}",
            pid=running.pid if running else None,
            memory_bytes=memory_of(running) if running else None,
            data=self._files.data,
            logs=self._files.logs,
        )

    def start(self, timeout_s: float = 60.0) -> BrokerStatus:
        """Start the broker and return when it serves requests; a running one is left as it is.

        Args:
            timeout_s: Time limit for the broker to serve, in seconds; a first download is not counted.

        Raises:
            LocalKafkaError: What prevents it: see its subclasses. No process is left then.
        """
        with self._files.alone():
            if not self._serves_already(timeout_s):
                self._launch()
                self._wait_until_ready(timeout_s)
        return self.status()

    def launch(self) -> None:
        """Start the broker and return at once, before it serves; a running one is left as it is.

        Raises:
            LocalKafkaError: What prevents it: see its subclasses.
        """
        with self._files.alone():
            if not self.status().running:
                self._launch()

    def signal(self, number: int) -> bool:
        """Send the running broker a signal, such as SIGSTOP, and return at once whether there was one."""
        import psutil

        running = self._process(BrokerRecord.read(self._files.record))
        if running is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended this very moment
            running.send_signal(number)
        return True

    def kill(self) -> bool:
        """End the broker without warning, as a crash would; return, once it is gone, whether one ran.

        What it had acknowledged is on the disk or in the system's cache of it, and outlives the process.
        """
        import psutil

        with self._files.alone():
            running = self._process(BrokerRecord.read(self._files.record))
            if running is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    running.kill()
                    running.wait()
            self._forget()
        return running is not None

    def require_alive(self) -> None:
        """Raise `BrokerEndedError` if the broker that this object started is not running any more."""
        if self._child is not None and (status := self._child.poll()) is not None:
            raise BrokerEndedError(status, self._files.log_of_this_start())

    def stop(self, timeout_s: float = 15.0) -> bool:
        """Stop the broker, by force when it has not ended after `timeout_s`; return whether one ran."""
        if self._child is None and not self.folder.is_dir():
            return False
        with self._files.alone():
            running = self._process(BrokerRecord.read(self._files.record))
            if running is not None:
                end(running, timeout_s)
            self._forget()
        return running is not None

    def wipe(self) -> None:
        """Delete all topics, records and offsets; the logs stay.

        Raises:
            BrokerRunningError: If the broker runs; nothing is deleted then.
        """
        if not self.folder.is_dir():
            return
        with self._files.alone():
            if (status := self.status()).running:
                raise BrokerRunningError(status.bootstrap, "be emptied")
            if self._files.data.exists():
                shutil.rmtree(self._files.data)

    def _process(self, record: BrokerRecord | None) -> "psutil.Process | None":
        """Return the running broker: the child of this object, else the one its folder names."""
        import psutil

        if self._child is not None and self._child.poll() is None:
            return psutil.Process(self._child.pid)
        return record.process(self._files.properties) if record else None

    def _serves_already(self, timeout_s: float) -> bool:
        """Return whether a broker runs and serves; one that does not is about to, or about to be gone."""
        deadline = time.monotonic() + timeout_s
        while (status := self.status()).running:
            if probe.answers(probe.LOOPBACK, int(status.bootstrap.rpartition(":")[2]), timeout_s=1.0):
                return True
            if time.monotonic() > deadline:
                raise self._start_error("runs, but does not answer")
            time.sleep(POLL_S)
        return False

    def _prepare(self) -> Program:
        self._require_port()
        program = Program.find(self._cache_dir)
        controller_port = probe.free_port()
        properties = configuration.server_properties(self.port, controller_port, extra=self._extra)
        self._files.properties.write_text(properties, "utf-8")
        if not self._files.formatted:
            program.format(self._files, self.port, controller_port, self._extra)
        return program

    def _require_port(self) -> None:
        deadline = time.monotonic() + PORT_RELEASE_S
        while not probe.is_free(self.port):
            # Someone who serves there will not go away by himself.
            if time.monotonic() > deadline or probe.answers(probe.LOOPBACK, self.port, timeout_s=0.5):
                raise PortTakenError(self.port)
            time.sleep(POLL_S)

    def _launch(self) -> None:
        self._forget()
        program = self._prepare()  # 1. the port is free, Kafka is here, the folder is formatted
        self._child = program.serve(self._files, die_with_parent=self._die_with_parent)  # 2. it runs
        bootstrap = f"{probe.LOOPBACK}:{self.port}"
        BrokerRecord(self._child.pid, self.port, bootstrap).write(self._files.record)  # 3. others find it

    def _wait_until_ready(self, timeout_s: float) -> None:
        try:
            self._poll_until_ready(time.monotonic() + timeout_s, timeout_s)
        except BaseException:  # Ctrl-C too: who did not get a broker wants none left
            if self._child is not None:
                self._child.kill()
            self._forget()
            raise

    def _poll_until_ready(self, deadline: float, timeout_s: float) -> None:
        assert self._child is not None
        while not probe.answers(probe.LOOPBACK, self.port, timeout_s=1.0):
            if self._child.poll() is not None:
                raise self._start_error("ended while starting")
            if time.monotonic() > deadline:
                raise self._start_error(f"was not ready within {timeout_s:g} s")
            time.sleep(POLL_S)

    def _forget(self) -> None:
        self._files.record.unlink(missing_ok=True)
        if self._child is not None:
            self._child.wait()  # it has ended, or is about to; this leaves no zombie
            self._child = None

    def _start_error(self, what: str) -> BrokerStartError:
        log = self._files.log_of_this_start()
        return BrokerStartError(what, log, last_lines(log))


def default_broker(settings: DoorSettings, port: int = DEFAULT_PORT) -> LocalKafka:
    """Return the instance that `modstream kafka up` starts; found running, it may have another port."""
    return LocalKafka(settings.state_dir / "kafka", port, cache_dir=settings.cache_dir)
