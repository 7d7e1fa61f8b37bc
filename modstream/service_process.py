"""The model service as a child process: start it, wait until it answers, stop it without leaving anything."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from model_service.errors import ServiceStartError
from model_service.server import check_ports
from model_service.settings import ServiceSettings
from modstream.child_process import signal_group
from modstream.interrupts import interrupts_later

if TYPE_CHECKING:
    import psutil

COMMAND = [sys.executable, "-m", "model_service"]
POLL_S = 0.05
GONE_WITHIN_S = 5.0
LOG_LINES = 5

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks the service itself: what `http_proxy` names does not reach this machine's own addresses."""


class ServiceFailedError(ServiceStartError):
    """The service ended, or did not answer in time."""

    def __init__(self, what: str, log: str) -> None:
        super().__init__(f"the model service {what}" + (f"; its last words: {log}" if log else ""))


class ServiceProcess:
    """A model service in a session of its own, so that Ctrl-C in the terminal reaches only this process.

    Unless it is detached, the service ends as well when this process dies, however it dies. As a context
    manager it is stopped on the way out.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], settings: ServiceSettings, log_file: Path | None
    ) -> None:
        self._process = process
        self._log_file = log_file
        self._settings = settings
        host = settings.service_host
        self._reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound

    @classmethod
    def start(
        cls,
        model_dir: Path | str | None = None,
        http_port: int | None = None,
        grpc_port: int | None = None,
        metrics_port: int | None = None,
        log_file: Path | None = None,
        *,
        host: str | None = None,
        workers: int | None = None,
        detached: bool = False,
    ) -> Self:
        """Start the service; what is None comes from the environment, as `ServiceSettings` has it.

        Args:
            model_dir: Folder of the bundle.
            http_port: REST port.
            grpc_port: gRPC port.
            metrics_port: Port of the Prometheus metrics.
            log_file: Where its output goes, appended; this process's own stderr when None.
            host: Address to listen on.
            workers: Processes that answer.
            detached: Let it live on when this process ends.

        Raises:
            PortTakenError: If something listens on one of the ports.
        """
        wanted = {
            "model_dir": model_dir,
            "service_http_port": http_port,
            "service_grpc_port": grpc_port,
            "service_metrics_port": metrics_port,
            "service_host": host,
            "service_workers": workers,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        settings = ServiceSettings.model_validate({**ServiceSettings().model_dump(), **given})
        check_ports(settings)
        environment = os.environ | {f"MOD_{name.upper()}": str(value) for name, value in given.items()}
        with contextlib.ExitStack() as opened:
            output: IO[bytes] | None = opened.enter_context(log_file.open("ab")) if log_file else None
            service: Self | None = None
            try:
                with interrupts_later():  # one in the midst would leave a process that nobody knows of
                    process = subprocess.Popen(
                        COMMAND if detached else [*COMMAND, "--until-stdin-closes"],
                        env=environment,
                        # A pipe ends with this process, and the service with it.
                        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                        stdout=output or sys.stderr.fileno(),
                        stderr=output or sys.stderr.fileno(),
                        start_new_session=True,
                    )
                    service = cls(process, settings, log_file)
            except KeyboardInterrupt:
                if service is not None:
                    service.stop()
                raise
        return service

    @property
    def pid(self) -> int:
        """Return the id of the service's first process, which is also its group's."""
        return self._process.pid

    @property
    def command(self) -> list[str]:
        """Return the command as it was started."""
        return list(self._process.args)  # type: ignore[arg-type]  # a list, as we gave it

    @property
    def http_url(self) -> str:
        """Return where REST answers, as `MOD_CLASSIFIER_URL` takes it."""
        return f"http://{self._authority(self._settings.service_http_port)}"

    @property
    def grpc_url(self) -> str:
        """Return where gRPC answers, as `MOD_CLASSIFIER_URL` takes it."""
        return f"grpc://{self._authority(self._settings.service_grpc_port)}"

    @property
    def metrics_url(self) -> str:
        """Return what Prometheus reads."""
        return f"http://{self._authority(self._settings.service_metrics_port)}/metrics"

    def wait_ready(self, timeout_s: float = 60.0) -> str:
        """Wait until the service scores over REST and listens for gRPC; return its model version.

        Raises:
            ServiceFailedError: If it ended, or is not ready in time.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.require_alive()
            if (version := self._version()) and self._grpc_listens():
                return version
            time.sleep(POLL_S)
        raise ServiceFailedError(f"is not ready after {timeout_s:g} s", self._last_words())

    def require_alive(self) -> None:
        """Raise `ServiceFailedError` if the service is not running any more."""
        if (status := self._process.poll()) is not None:
            raise ServiceFailedError(f"ended with status {status}", self._last_words())

    def is_alive(self) -> bool:
        """Return whether the service's first process is there; a paused one is."""
        return self._process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to every process of the service, such as SIGKILL for a crash; see also `stop`."""
        signal_group(self._process.pid, number)

    def wait(self, timeout_s: float | None = None) -> int:
        """Return the status the service ends with by itself; TimeoutExpired if it does not in time."""
        return self._process.wait(timeout_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop every process of the service: SIGTERM, then SIGKILL for what is left after `timeout_s`."""
        others = self._others()
        signal_group(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        _wait_until_gone(others)
        if self._process.stdin:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _others(self) -> "list[psutil.Process]":
        """Return the processes that the service has started."""
        import psutil

        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.Error:
            return []

    def _authority(self, port: int) -> str:
        return f"[{self._reachable}]:{port}" if ":" in self._reachable else f"{self._reachable}:{port}"

    def _version(self) -> str | None:
        try:
            with _direct.open(f"{self.http_url}/health/status", timeout=2.0) as answer:
                version: str = json.load(answer)["meta"]["tags"]["model_version"]
                return version
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):  # some other server's
            return None

    def _grpc_listens(self) -> bool:
        address = (self._reachable, self._settings.service_grpc_port)
        try:
            with socket.create_connection(address, timeout=2.0):
                return True
        except OSError:
            return False

    def _last_words(self) -> str:
        if self._log_file is None:
            return ""
        lines = self._log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(line.strip() for line in lines[-LOG_LINES:])


def _wait_until_gone(killed: "list[psutil.Process]") -> None:
    """Wait until processes that were killed are gone; one that nobody reaps is as good as gone."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while any(_is_there(each) for each in killed) and time.monotonic() < deadline:
        time.sleep(POLL_S)


def _is_there(process: "psutil.Process") -> bool:
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
