"""A demo that was left running: written down, found again, and stopped."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec
import psutil
from msgspec import Struct

from modstream import topic_admin
from modstream.child_process import end
from modstream.errors import ModstreamError
from modstream.local_kafka import LocalKafka
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster
from streams.topics import Topics

RECORD = "run.json"
BROKER = "kafka"
"""Folder of the broker in a run's folder, when the run has one of its own."""

STOP_WITHIN_S = 15.0


class KeptProcess(Struct, frozen=True):
    """A process, and what tells it from a later one with the same id."""

    pid: int
    command: list[str]
    """As it was started: the system does not tell it in the first moments of a process."""

    def find(self) -> psutil.Process | None:
        """Return the process if it still runs."""
        try:
            process = psutil.Process(self.pid)
            return process if process.cmdline() == self.command else None
        except psutil.Error:
            return None


class KeptRun(Struct, frozen=True, kw_only=True):
    """What a kept demo consists of."""

    processes: list[KeptProcess]
    bootstrap: str
    prefix: str
    partitions: int
    owns_broker: bool

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the run that a folder is of; a msgspec or OS error if its record is damaged."""
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=cls)

    def write(self, folder: Path) -> None:
        """Write the run down in its folder."""
        (folder / RECORD).write_bytes(msgspec.json.encode(self))

    def stop(self, settings: DoorSettings) -> None:
        """Stop every process of the run, and take its topics off a shared cluster."""
        for kept in self.processes:
            process = kept.find()
            if process is not None:
                end(process, STOP_WITHIN_S)
        if self.bootstrap and not self.owns_broker:
            cluster = Cluster(self.bootstrap, settings.security)
            topic_admin.delete(cluster, Topics.named(self.prefix, self.partitions))


def stop_all(settings: DoorSettings) -> Iterator[tuple[Path, str | None]]:
    """Stop every kept run and delete its folder; what cannot be done for one run keeps no other.

    Yields:
        The run's folder, and what could not be done, None when all was.
    """
    for record in sorted(settings.state_dir.glob(f"demo-*/{RECORD}")):
        problem = None
        try:
            _stop_one(record.parent, settings)
        except (ModstreamError, msgspec.MsgspecError, psutil.Error, OSError) as error:
            problem = str(error)
        yield record.parent, problem


def _stop_one(folder: Path, settings: DoorSettings) -> None:
    try:
        KeptRun.read(folder).stop(settings)
    finally:  # the broker is known by its own folder, whatever became of the record
        try:
            LocalKafka(folder / BROKER, 0, cache_dir=settings.cache_dir).stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
