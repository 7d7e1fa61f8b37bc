"""The pipeline that a chaos run hurts: a broker, a model service and workers of its own, in one folder."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from modstream import topic_admin
from modstream.chaos.errors import MemberNotBackError
from modstream.chaos.members import BrokerMember, Member, ServiceMember, WorkerMember
from modstream.chaos.schedule import BROKER, MOST_WORKERS, SERVICE, worker_names
from modstream.console import say
from modstream.consumer_group import wait_until_stable
from modstream.local_kafka import LocalKafka, free_port
from modstream.local_kafka.errors import FolderNotWritableError
from modstream.local_kafka.folder import last_lines
from modstream.settings import DoorSettings
from streams.kafka_cluster import Cluster
from streams.kafka_settings import environment_for
from streams.settings import StreamSettings
from streams.topics import Topics

READY_WITHIN_S = 60.0

STARTS_AGAIN = 2
"""Of a member that ends by itself while the pipeline starts."""

IDLE_AFTER_S = "5"
"""Windows are final soon after the last comment; a partition that is only slow for a while is revised."""


class Stack:
    """A pipeline of the run's own; as a context manager it leaves no process behind, however it is left.

    Another cluster (MOD_KAFKA_BOOTSTRAP) is never used: this one's broker is killed.
    """

    def __init__(self, settings: DoorSettings, *, keep: bool) -> None:
        """Describe a pipeline; only its folder is made.

        Args:
            settings: Where files go, and how many partitions there are.
            keep: Leave the folder, with logs and records, at the end; after an error it is left anyway.
        """
        self.folder = _new_folder(settings.state_dir)
        self.keep = keep
        self.topics = Topics.named("", settings.topic_partitions)
        self.group = StreamSettings(topic_prefix="").consumer_group
        self.port = free_port()
        self.cluster = Cluster(f"127.0.0.1:{self.port}")
        self._broker = LocalKafka(
            self.folder / BROKER, self.port, cache_dir=settings.cache_dir, die_with_parent=True
        )
        self._service = ServiceMember(self.folder / "service.log")
        self._starts: Counter[str] = Counter()
        environment = {
            **environment_for(self.cluster),
            "MOD_TOPIC_PREFIX": "",
            "MOD_CLASSIFIER_URL": self._service.url,
            "MOD_IDLE_AFTER_S": os.environ.get("MOD_IDLE_AFTER_S", IDLE_AFTER_S),
        }
        self.workers = {
            name: WorkerMember(name, environment, self.folder / f"{name}.log")
            for name in worker_names(MOST_WORKERS)
        }
        self.members: dict[str, Member] = {
            BROKER: BrokerMember(self._broker),
            SERVICE: self._service,
            **self.workers,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self.members.values():
            member.destroy()
        failed = kind is not None and not issubclass(kind, KeyboardInterrupt)  # its error may name a log
        if not (self.keep or failed):
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, workers: int) -> None:
        """Start everything; when this returns, comments are answered as they come.

        1. The service loads its model while 2. the broker starts and 3. gets its topics; 4. workers start;
        5. the service is waited for, and 6. the workers' group.
        """
        self._service.start()  # 1.
        self._broker.start()  # 2.
        self.members[BROKER].wanted = True
        topic_admin.create(self.cluster, self.topics)  # 3.
        for name in worker_names(workers):  # 4.
            self.workers[name].start()
        assert self._service.process is not None
        self._service.process.wait_ready()  # 5.
        wait_until_stable(  # 6.
            self.cluster, self.group, workers, READY_WITHIN_S, logs=str(self.folder), check=self._keep_up
        )
        say(f"a broker of this run's own on {self.cluster}, logs in {self.folder}")

    def wanted(self) -> Iterator[Member]:
        """Yield the members that should run."""
        return (member for member in self.members.values() if member.wanted)

    def _keep_up(self) -> None:
        """Start again what has ended by itself, as whatever runs workers does; not for ever."""
        for member in self.wanted():
            if member.is_running:
                continue
            self._starts[member.name] += 1
            last_words = "; ".join(last_lines(self.folder / f"{member.name}.log")[-1:])
            if self._starts[member.name] > STARTS_AGAIN:
                raise MemberNotBackError(member.name, self._starts[member.name], self.folder, last_words)
            say(f"{member.name} ended while it started ({last_words}): started again")
            member.start()


def _new_folder(state_dir: Path) -> Path:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="chaos-", dir=state_dir))
    except OSError as error:
        raise FolderNotWritableError(state_dir, "MOD_STATE_DIR", error.strerror or str(error)) from error
