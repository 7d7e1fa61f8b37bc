"""A pipeline that Prometheus watches, and what can be done to it."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest import mock

from modstream import topic_admin, worker_process
from modstream.chaos.members import ServiceMember
from modstream.consumer_group import wait_until_stable
from modstream.local_kafka import LocalKafka, free_port
from modstream.settings import DoorSettings
from modstream.worker_process import WorkerProcess
from streams.settings import StreamSettings
from streams.topics import Topics
from tests.integration import wedging
from tests.integration.pipeline import Pipeline
from tests.observability.load import Load, equal_comments
from tests.observability.prometheus import Prometheus

READY_WITHIN_S = 60.0
SETTINGS = {
    "MOD_STUCK_AFTER_S": "6",
    "MOD_RETRY_BUDGET_S": "2",
    "MOD_RETRY_MAX_WAIT_S": "1",
}
"""So that what is wrong shows in seconds."""

MANY = 20_000
SEEN_AFTER_S = 3.0
"""When Prometheus has surely looked again."""


class Scene:
    """A broker, a model service, two workers, comments that come all the time, and Prometheus."""

    def __init__(self, folder: Path, program: Path, rate: float) -> None:
        """Start everything; when this returns, comments are answered as they come."""
        self._stop = ExitStack()
        try:
            self._start(folder, program, rate)
        except BaseException:
            self._stop.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.__exit__(kind, error, trace)

    def nothing(self) -> None:
        """Leave everything as it is."""

    def stop_time(self) -> None:
        """Let all comments from now on tell the same time."""
        self._load.stands_at_s = time.time()

    def let_time_pass(self) -> None:
        """Let comments tell when they are sent again."""
        self._load.stands_at_s = None

    def lose_service(self) -> None:
        """Kill the model service while many comments come."""
        self._service.destroy()
        self._pipeline.send_each(equal_comments(MANY))

    def bring_service_back(self) -> None:
        """Start the model service again."""
        self._service.start()

    def wedge_worker(self) -> None:
        """Make one worker's fetcher forget its partitions."""
        self._odd.signal(signal.SIGHUP)

    def kill_worker(self) -> None:
        """Kill that worker."""
        self._odd.kill()

    def stop_broker(self) -> None:
        """Pause the broker at a moment when comments are finished and not committed."""
        self._stop.callback(self._broker.signal, signal.SIGCONT)
        while True:
            self._broker.signal(signal.SIGSTOP)
            time.sleep(SEEN_AFTER_S)
            if self.prometheus.count("modstream_uncommitted_comments > 0"):
                return
            self._broker.signal(signal.SIGCONT)
            time.sleep(SEEN_AFTER_S)

    def _start(self, folder: Path, program: Path, rate: float) -> None:
        self._service = ServiceMember(folder / "service.log")
        self._stop.callback(self._service.destroy)
        self._service.start()
        self._broker = LocalKafka(
            folder / "kafka", free_port(), cache_dir=DoorSettings().cache_dir, die_with_parent=True
        )
        self._stop.callback(self._broker.stop)
        self._broker.start()
        cluster = self._broker.cluster
        topics = Topics.named("")
        topic_admin.create(cluster, topics)
        self._pipeline = Pipeline(cluster, topics, folder)
        ports = [str(free_port()), str(free_port())]
        self._start_worker(ports[0])
        with mock.patch.object(worker_process, "COMMAND", wedging.COMMAND):
            self._odd = self._start_worker(ports[1])
        assert self._service.process is not None
        self._service.process.wait_ready()
        group = StreamSettings(topic_prefix="").consumer_group
        wait_until_stable(cluster, group, 2, READY_WITHIN_S, logs=str(folder), check=self.nothing)
        targets = {
            "worker": [f"127.0.0.1:{port}" for port in ports],
            "model": [self._service.process.metrics_url.split("/")[2]],
        }
        self.prometheus = self._stop.enter_context(Prometheus(program, folder, targets))
        self.prometheus.wait_ready()
        self._load = Load(cluster, topics.comments.name, rate)
        self._stop.callback(self._load.stop)
        self._load.start()

    def _start_worker(self, port: str) -> WorkerProcess:
        worker = self._pipeline.start_worker(self._service.url, MOD_WEB_PORT=port, **SETTINGS)
        self._stop.callback(worker.stop)
        return worker
