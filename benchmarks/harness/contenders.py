"""Who takes part: how each is started, what it promises, and what it needs."""

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.harness.errors import NoSuchContenderError, PeersMissingError
from benchmarks.harness.processes import ROOT
from benchmarks.peers.job import Job
from benchmarks.peers.work import THRESHOLD
from streams.kafka_cluster import Cluster
from streams.kafka_settings import environment_for

PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"

AT_LEAST_ONCE = "at least once"
NOTHING = "nothing"

ONE_BY_ONE = 40_000
"""Comments for those who score them one at a time: a millisecond each, and a run of minutes says no more."""

WORKER = ("-m", "streams", "worker", "-l", "info", "--without-web")
BYTEWAX_SNAPSHOTS = ("-s", "1", "-b", "0")
"""Snapshots every second, as often as our worker commits."""


class Service(StrEnum):
    """What a contender asks for scores."""

    NONE = "none"
    REST = "REST"
    GRPC = "gRPC"


@dataclass(frozen=True)
class Contender:
    """One that takes part."""

    name: str
    title: str
    """For tables and pictures."""
    promises: str
    """What is promised of each comment."""
    arguments: Sequence[str]
    """After the interpreter."""
    service: Service = Service.NONE
    is_peer: bool = False
    """Whether it runs in the peers' environment."""
    most: int | None = None
    """It is given no more comments than that: it is slow."""
    without_kafka: bool = False
    more_of: str = ""
    """The contender that this one is with more processes: what is the same for both is asked of that."""
    workers: int = 1
    """Processes that are started, in one consumer group."""
    models: int = 1
    """Processes that each of our workers has for its model."""
    prepare: Sequence[str] = ()
    """What is run before it, once; `{folder}` is the round's folder, here and in `arguments`."""

    @property
    def python(self) -> str:
        """Return the interpreter."""
        return str(PEERS_PYTHON) if self.is_peer else sys.executable

    def command(self, job: Job) -> list[str]:
        """Return how it is started for a job."""
        return [self.python, *(each.format(folder=job.folder) for each in self.arguments)]

    def preparation(self, job: Job) -> list[str]:
        """Return what is run before it, nothing when it needs none."""
        arguments = [each.format(folder=job.folder) for each in self.prepare]
        return [self.python, *arguments] if arguments else []

    def environment(self, job: Job, grpc_url: str = "") -> Mapping[str, str]:
        """Return its settings for a job: the peers' read `BENCH_...`, our worker reads `MOD_...`."""
        url = {Service.NONE: "inprocess:", Service.REST: job.service_url, Service.GRPC: grpc_url}[
            self.service
        ]
        return {
            **job.environment(),
            **environment_for(Cluster(job.bootstrap)),
            "MOD_TOPIC_PREFIX": job.comments.removesuffix("reddit_stream"),
            "MOD_GROUP_ID": job.group,
            "MOD_CLASSIFIER_URL": url,
            "MOD_MODEL_DIR": job.model,
            "MOD_MODEL_PROCESSES": str(self.models),
            "MOD_MODERATION_THRESHOLD": str(THRESHOLD),
            "MOD_LOG_DECISIONS": "dead-letters",  # no peer logs its alerts
        }


def _bytewax(
    name: str, title: str, module: str, service: Service = Service.NONE, most: int | None = None
) -> Contender:
    flow = f"benchmarks/peers/{module}.py:flow"
    return Contender(
        name,
        title,
        AT_LEAST_ONCE,
        ("-m", "bytewax.run", flow, "-r", "{folder}", *BYTEWAX_SNAPSHOTS),
        service,
        is_peer=True,
        most=most,
        prepare=("-m", "bytewax.recovery", "{folder}", "1"),
    )


def _quix(
    name: str, title: str, module: str, service: Service = Service.NONE, most: int | None = None
) -> Contender:
    program = ("-m", f"benchmarks.peers.{module}")
    return Contender(name, title, AT_LEAST_ONCE, program, service, is_peer=True, most=most)


def _two(one: Contender, of_what: str = "processes", **changes: Any) -> Contender:
    """Return a contender with two of what it has one of."""
    return replace(
        one, name=f"{one.name}-2", title=f"{one.title}, two {of_what}", more_of=one.name, **changes
    )


OURS = Contender("ours", "modstream, in process", AT_LEAST_ONCE, WORKER)
QUIX = _quix("quix-batches", "Quix Streams, batching sink", "quix_batches")
BYTEWAX = _bytewax("bytewax-batches", "Bytewax, batches", "bytewax_batches")
BARE = Contender(
    "bare", "bare confluent-kafka loop", NOTHING, ("-m", "benchmarks.peers.bare_loop"), is_peer=True
)

CONTENDERS = (
    Contender("ours-rest", "modstream, Seldon REST", AT_LEAST_ONCE, WORKER, Service.REST),
    Contender("ours-grpc", "modstream, Seldon gRPC", AT_LEAST_ONCE, WORKER, Service.GRPC),
    OURS,
    _two(OURS, "models", models=2),
    Contender(
        "talk",
        "the talk's design, Seldon REST",
        NOTHING,
        ("-m", "benchmarks.peers.talks_design", "worker", "-l", "info", "--without-web"),
        Service.REST,
        most=2_000,
    ),
    _quix("quix", "Quix Streams", "quix_app", most=ONE_BY_ONE),
    QUIX,
    _two(QUIX, workers=2),
    _quix("quix-rest", "Quix Streams, batching sink, Seldon REST", "quix_batches", Service.REST),
    _bytewax("bytewax", "Bytewax", "bytewax_flow", most=ONE_BY_ONE),
    BYTEWAX,
    _two(BYTEWAX, arguments=("-m", "bytewax.testing", "-p", "2", *BYTEWAX.arguments[2:])),
    _bytewax("bytewax-rest", "Bytewax, batches, Seldon REST", "bytewax_batches", Service.REST),
    BARE,
    _two(BARE, workers=2),
    Contender(
        "scorer", "the scorer alone", NOTHING, ("-m", "benchmarks.peers.scorer_alone"), without_kafka=True
    ),
)

NAMES = tuple(each.name for each in CONTENDERS)
TITLES = {each.name: each.title for each in CONTENDERS}


def chosen(names: Collection[str] = ()) -> list[Contender]:
    """Return the contenders of those names, in our order; all when none is named.

    Raises:
        NoSuchContenderError: If nobody has one of the names.
    """
    for name in names:
        if name not in NAMES:
            raise NoSuchContenderError(name, NAMES)
    return [each for each in CONTENDERS if not names or each.name in names]


def require_installed(contenders: Collection[Contender], python: Path = PEERS_PYTHON) -> None:
    """Return if what the contenders need is there.

    Raises:
        PeersMissingError: If the peers are not installed, and one of them is to take part.
    """
    if any(each.is_peer for each in contenders):
        require_peers(python)


def require_peers(python: Path = PEERS_PYTHON) -> None:
    """Return if the peers' environment is there.

    Raises:
        PeersMissingError: If it is not.
    """
    if not python.is_file():
        raise PeersMissingError(python)
