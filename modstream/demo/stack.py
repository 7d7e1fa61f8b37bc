"""Starts what the demo needs and is not there: broker, topics, model service, workers; and stops it all."""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from modstream import topic_admin
from modstream.cluster import cluster_of, require_broker
from modstream.console import say
from modstream.consumer_group import wait_until_stable
from modstream.demo.kept import BROKER, KeptProcess, KeptRun
from modstream.errors import NoClusterNamedError
from modstream.local_kafka import LocalKafka, default_broker, free_port
from modstream.local_kafka.errors import FolderNotWritableError
from modstream.service_process import ServiceProcess
from modstream.settings import DoorSettings
from modstream.worker_process import WorkerProcess
from streams.kafka_cluster import Cluster
from streams.kafka_settings import environment_for
from streams.settings import StreamSettings
from streams.topics import Topics

WORKERS_READY_WITHIN_S = 60.0


class Stack:
    """A running pipeline of the demo's own; as a context manager it leaves nothing, or the logs of a failure.

    A broker of its own has the topics' plain names. On a cluster that others use too (MOD_KAFKA_BOOTSTRAP,
    or a running 'modstream kafka up') the topics get a prefix, which keeps demos apart; they are deleted at
    the end.
    """

    def __init__(self, settings: DoorSettings, classifier_url: str | None, *, keep: bool) -> None:
        """Describe a run; only its folder is made.

        Args:
            settings: Where Kafka is, and where files go.
            classifier_url: A model service that runs already; None to start one.
            keep: Let the processes live on after this one, once `detach` was called.
        """
        self.folder = _new_folder(settings.state_dir)
        self.cluster = Cluster("")
        self.prefix = settings.topic_prefix
        self.workers: list[WorkerProcess] = []
        self.service: ServiceProcess | None = None
        self._settings = settings
        self._classifier_url = classifier_url
        self._keep = keep
        self._broker: LocalKafka | None = None
        self._stop = ExitStack()

    def __enter__(self) -> Self:
        self._stop.push(self._tidy_up)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.__exit__(kind, error, trace)

    @property
    def topics(self) -> Topics:
        """Return the topics that this run uses."""
        return Topics.named(self.prefix, self._settings.topic_partitions)

    @property
    def logs(self) -> Path:
        """Return the folder of the run's logs."""
        return self.folder

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the settings that lead a command to this run."""
        return {**environment_for(self.cluster), "MOD_TOPIC_PREFIX": self.prefix}

    def start(self, workers: int) -> None:
        """Start everything; when this returns, comments are answered as they come.

        1. The service loads its model while 2. the broker starts and 3. gets its topics; 4. workers start;
        5. the service is waited for, and 6. the workers' group.
        """
        self._start_service()  # 1.
        self._start_broker()  # 2.
        self._write_down()
        topic_admin.create(self.cluster, self.topics)  # 3.
        for number in range(workers):  # 4.
            self._start_worker(number)
        if self.service is not None:  # 5.
            say(f"model service: {self.service.http_url}, model {self.service.wait_ready()}")
        self._wait_for_workers(workers)  # 6.

    def detach(self) -> None:
        """Leave everything running, for `modstream demo --stop`."""
        self._write_down()
        self._stop.pop_all()

    def require_alive(self) -> None:
        """Raise if one of the processes has ended by itself."""
        if self._broker is not None:
            self._broker.require_alive()
        if self.service is not None:
            self.service.require_alive()
        for worker in self.workers:
            worker.require_alive()

    def _tidy_up(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Remove the run's folder; after a failure its logs stay, which the error tells of."""
        failed = isinstance(error, Exception)  # an interrupt is none
        shutil.rmtree(self.folder / BROKER if failed else self.folder, ignore_errors=True)

    def _write_down(self) -> None:
        """Write down what there is by now, so that it can be stopped even if this process is killed."""
        if not self._keep:
            return
        processes: list[WorkerProcess | ServiceProcess] = [*self.workers]
        if self.service is not None:
            processes.append(self.service)
        KeptRun(
            processes=[KeptProcess(each.pid, each.command) for each in processes],
            bootstrap=self.cluster.bootstrap,
            prefix=self.prefix,
            partitions=self._settings.topic_partitions,
            owns_broker=(self.folder / BROKER).exists(),
        ).write(self.folder)

    def _start_service(self) -> None:
        if self._classifier_url is not None:
            say(f"model service: {self._classifier_url} (MOD_CLASSIFIER_URL)")
            return
        log = self.logs / "service.log"
        ports = (free_port(), free_port(), free_port())
        self.service = ServiceProcess.start(None, *ports, log_file=log, detached=self._keep)
        self._stop.callback(self.service.stop)
        self._write_down()

    def _start_broker(self) -> None:
        shared = self._shared_cluster()
        if shared is not None:
            self.cluster, self.prefix = shared, f"{self.prefix}{self.folder.name}."
            self._stop.callback(topic_admin.delete, shared, self.topics)
            say(f"Kafka: {shared}, topics {self.prefix}*")
            return
        folder = self.folder / BROKER
        self._broker = LocalKafka(
            folder, free_port(), cache_dir=self._settings.cache_dir, die_with_parent=not self._keep
        )
        self._stop.callback(self._broker.stop)
        self._broker.start()
        self.cluster = self._broker.cluster
        say(f"Kafka: {self.cluster}, a broker of the demo's own")

    def _shared_cluster(self) -> Cluster | None:
        if self._settings.kafka_bootstrap:
            cluster = cluster_of(self._settings)
            require_broker(cluster)
            return cluster
        if self._settings.kafka_security_protocol != "PLAINTEXT":
            raise NoClusterNamedError(self._settings.kafka_security_protocol)
        local = default_broker(self._settings)
        return local.cluster if local.status().running else None

    def _wait_for_workers(self, workers: int) -> None:
        wait_until_stable(
            self.cluster,
            StreamSettings(topic_prefix=self.prefix).consumer_group,
            workers,
            WORKERS_READY_WITHIN_S,
            logs=str(self.logs),
            check=self.require_alive,
        )

    def _start_worker(self, number: int) -> None:
        url = self._classifier_url or (self.service.http_url if self.service else "")
        settings = {**self.environment, "MOD_CLASSIFIER_URL": url}
        worker = WorkerProcess.start(settings, self.logs / f"worker-{number}.log", detached=self._keep)
        self._stop.callback(worker.stop)
        self.workers.append(worker)
        self._write_down()


def _new_folder(state_dir: Path) -> Path:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="demo-", dir=state_dir))
    except OSError as error:
        raise FolderNotWritableError(state_dir, "MOD_STATE_DIR", error.strerror or str(error)) from error
