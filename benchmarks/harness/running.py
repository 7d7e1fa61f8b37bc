"""One contender at work on a lane: everything started before, and stopped after, whatever happens."""

import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.harness.comments import Mix
from benchmarks.harness.contenders import Contender, Service
from benchmarks.harness.errors import NoOutputError
from benchmarks.harness.lanes import Lane
from benchmarks.harness.processes import ContenderProcess
from benchmarks.harness.stack import Stack
from benchmarks.harness.usage import Family
from benchmarks.peers.job import Job

WORKER, SERVICE, BROKER = "worker", "service", "broker"
PARTS = (WORKER, SERVICE, BROKER)

PREPARED_WITHIN_S = 60.0


@dataclass(frozen=True)
class Ground:
    """Where contenders run: the same for all of them."""

    stack: Stack
    model: Path
    service_workers: int = 1
    """Processes of the model service."""


@dataclass
class Running:
    """A contender that has been started."""

    contender: Contender
    process: ContenderProcess
    families: Mapping[str, Family]
    """The processes to measure, by the part of the pipeline they are."""
    command: list[str]
    environment: Mapping[str, str]
    others: list[ContenderProcess] = field(default_factory=list)
    """Further workers in the same consumer group."""

    def is_running(self) -> bool:
        """Return whether all its processes are there."""
        return all(each.status is None for each in (self.process, *self.others))

    def stop(self) -> None:
        """Stop its processes."""
        for each in (*self.others, self.process):
            each.stop()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let its processes stand still for a moment: less than the group's patience with a silent member."""
        everyone = (self.process, *self.others)
        try:
            for each in everyone:
                each.signal(signal.SIGSTOP)
            yield
        finally:
            for each in everyone:
                each.signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start its process again; it must have ended. It is not measured any more."""
        self.stop()
        self.process = ContenderProcess.start(self.command, self.environment, self.process.log)


@contextmanager
def at_work(
    ground: Ground,
    lane: Lane,
    contender: Contender,
    mix: Mix,
    count: int,
    *,
    workers: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Yield a contender that has just been started on a lane.

    1. What others wrote is gone; 2. a service of its own is ready, which has seen no text; 3. files that it
    needs are made; 4. it is started, in a consumer group that is new.

    Args:
        ground: What it runs on.
        lane: Its topics; the comments are there.
        contender: Who.
        mix: Which comments they are.
        count: How many.
        workers: Processes of the contender itself, in one consumer group; None: as many as it has.
        settings: Environment variables beyond those that the contender has from its job.

    Raises:
        NoOutputError: If its files cannot be made.
    """
    lane.renew()  # 1.
    with ExitStack() as started:
        families = {BROKER: Family(ground.stack.broker_pid)}
        rest_url = grpc_url = ""
        if contender.service is not Service.NONE:  # 2.
            service = started.enter_context(ground.stack.service(ground.model, ground.service_workers))
            rest_url, grpc_url = service.http_url, service.grpc_url
            families[SERVICE] = Family(service.pid)
        job = _job(ground, lane, contender, mix, count, rest_url)
        environment = {**contender.environment(job, grpc_url), **(settings or {})}
        log = ground.stack.folder / f"{contender.name}.log"
        if preparation := contender.preparation(job):  # 3.
            _prepare(contender, preparation, environment, log)
        command = contender.command(job)
        first = ContenderProcess.start(command, environment, log)  # 4.
        running = Running(contender, first, families, command, environment)
        started.callback(running.stop)
        for number in range(2, (workers or contender.workers) + 1):
            own_log = log.with_stem(f"{log.stem}-{number}")
            running.others.append(ContenderProcess.start(command, environment, own_log))
        pids = [each.pid for each in (first, *running.others)]
        running.families = {WORKER: Family(*pids), **families}
        yield running


def _job(ground: Ground, lane: Lane, contender: Contender, mix: Mix, count: int, rest_url: str) -> Job:
    topics = lane.topics
    return Job(
        bootstrap=lane.cluster.bootstrap,
        comments=topics.comments.name,
        predictions=topics.predictions.name,
        alerts=topics.alerts.name,
        group=f"{contender.name}-{uuid.uuid4().hex[:8]}",
        model=str(ground.model.absolute()),
        service_url=rest_url,
        folder=str(ground.stack.new_folder(contender.name)),
        mix=mix,
        count=count,
    )


def _prepare(contender: Contender, command: list[str], environment: Mapping[str, str], log: Path) -> None:
    with ContenderProcess.start(command, environment, log) as process:
        if process.wait(PREPARED_WITHIN_S) != 0:
            raise NoOutputError(contender.name, f"could not be prepared ({' '.join(command)})", log)
