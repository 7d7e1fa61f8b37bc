"""What a benchmark stands on: a broker of its own, a folder for logs, model services as they are wanted."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from modstream.console import say
from modstream.local_kafka import LocalKafka, free_port
from modstream.local_kafka.errors import FolderNotWritableError
from modstream.service_process import ServiceProcess
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster


class Stack:
    """A broker and a folder; as a context manager it leaves no process behind, however it is left."""

    def __init__(self, settings: DoorSettings, *, keep: bool) -> None:
        """Make the folder; nothing is started.

        Args:
            settings: Where files go.
            keep: Leave the folder with its logs; after an error it is left anyway.
        """
        self.folder = _new_folder(settings.state_dir)
        self.keep = keep
        self.broker = LocalKafka(
            self.folder / "broker", free_port(), cache_dir=settings.cache_dir, die_with_parent=True
        )

    def __enter__(self) -> Self:
        try:
            self.broker.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        say(f"a broker of the benchmark's own on {self.cluster}, logs in {self.folder}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.broker.stop()
        failed = kind is not None and not issubclass(kind, KeyboardInterrupt)  # its error may name a log
        if not (self.keep or failed):
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def cluster(self) -> Cluster:
        """Return the broker's address."""
        return self.broker.cluster

    @property
    def broker_pid(self) -> int:
        """Return the broker's process id."""
        pid = self.broker.status().pid
        assert pid is not None, "it is started on the way in"
        return pid

    def new_folder(self, name: str) -> Path:
        """Return an empty folder for one contender's round."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))

    @contextmanager
    def service(self, model: Path, workers: int) -> Iterator[ServiceProcess]:
        """Yield a model service that is ready: a new one, that has seen no text yet."""
        ports = (free_port(), free_port(), free_port())
        log = self.folder / "service.log"
        with ServiceProcess.start(model, *ports, log_file=log, workers=workers) as service:
            service.wait_ready()
            yield service


def _new_folder(state_dir: Path) -> Path:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="bench-", dir=state_dir))
    except OSError as error:
        raise FolderNotWritableError(
            state_dir, "MOD_STATE_DIR", error.strerror or os.fspath(state_dir)
        ) from error
