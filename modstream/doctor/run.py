"""Which checks there are, in which order, and what each needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from model_service.errors import ModelServiceError
from modstream.cluster import cluster_of
from modstream.doctor import clocks, permissions, pipeline, round_trip, service, settings
from modstream.doctor.connection import ADDRESS, STEPS, Connection
from modstream.doctor.findings import Check, Finding, Look, Status, examine
from modstream.doctor.permissions import Program
from modstream.doctor.settings import AllSettings
from modstream.errors import ModstreamError
from streams.errors import PipelineError
from streams.kafka_cluster import Cluster

EVERY_STEP = (settings.NAME, *STEPS)

NOBODYS = Cluster("")
"""Stands for a cluster that is not named: nothing is asked of it."""

NOT_ASKED_FOR = Finding(round_trip.NAME, Status.SKIPPED, "not asked for: --round-trip sends a marked comment")


@dataclass(frozen=True)
class Wish:
    """What the user wants to know."""

    program: Program = "worker"
    """Whose permissions to look at."""
    round_trip: bool = False
    within_s: float = 30.0
    """How long a comment may take for the round trip, in seconds."""


def examination(environment: Mapping[str, str], wish: Wish) -> Iterator[Finding]:
    """Yield what is found, in order; a connection that fails skips what needs it."""
    read = settings.read()
    if isinstance(read, Finding):
        yield read
        return
    yield from examine(_checks(read, environment, wish))


def _checks(read: AllSettings, environment: Mapping[str, str], wish: Wish) -> Iterator[Check]:
    topics, group, url = read.door.topics, read.worker.consumer_group, read.worker.classifier_url
    yield Check(settings.NAME, lambda: settings.look(environment))
    try:
        cluster = cluster_of(read.door)
        yield from Connection(cluster).checks((settings.NAME,))
    except ModstreamError as error:
        cluster, found = NOBODYS, Finding(ADDRESS, Status.FAILED, str(error))
        yield from Connection(cluster).checks_after(found)
    yield _checked(
        permissions.NAME, lambda: permissions.look(cluster, topics, group, wish.program), EVERY_STEP
    )
    yield _checked(pipeline.TOPICS, lambda: pipeline.look_at_topics(cluster, topics), EVERY_STEP)
    yield Check(service.NAME, lambda: service.look(read.worker, read.service))
    yield _checked(
        round_trip.NAME,
        lambda: round_trip.look(cluster, topics, wish.within_s) if wish.round_trip else NOT_ASKED_FOR,
        (*EVERY_STEP, permissions.NAME, pipeline.TOPICS, service.NAME),
    )
    yield _checked(clocks.NAME, lambda: clocks.look(cluster, topics, url), (*EVERY_STEP, pipeline.TOPICS))
    yield _checked(
        pipeline.LAG, lambda: pipeline.look_at_lag(cluster, topics, group), (*EVERY_STEP, pipeline.TOPICS)
    )


def _checked(name: str, look: Look, needs: tuple[str, ...]) -> Check:
    return Check(name, _in_our_words(name, look), needs)


def _in_our_words(name: str, look: Look) -> Callable[[], Finding]:
    """Return a look whose known errors are findings as well."""

    def looked() -> Finding:
        try:
            return look()
        except (ModstreamError, PipelineError, ModelServiceError) as error:
            return Finding(name, Status.FAILED, str(error))

    return looked
