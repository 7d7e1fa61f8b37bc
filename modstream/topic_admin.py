"""Creates the pipeline's topics on a cluster, lists them, and says how existing ones differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from modstream.kafka_admin import FoundTopic, connect
from streams.kafka_cluster import Cluster
from streams.topics import Topics, TopicSpec


@dataclass(frozen=True)
class TopicReport:
    """What `create` found or did."""

    name: str
    outcome: Literal["created", "exists", "differs"]
    differences: tuple[str, ...] = ()
    """How an existing topic is not what the pipeline needs, one phrase each."""


@dataclass(frozen=True)
class TopicState:
    """A topic as it is on the cluster; of a missing one only name and purpose are known."""

    name: str
    purpose: str
    missing: bool
    partitions: int | None = None
    cleanup_policy: str | None = None
    records: int | None = None
    """Offsets from the first kept record to the end; a compacted topic holds fewer records."""

    differences: tuple[str, ...] = ()


def create(cluster: Cluster, topics: Topics) -> list[TopicReport]:
    """Create the topics that are missing and return, in the order given, what became of each.

    Existing topics are never altered: what they hold may depend on how they are. When this returns, every
    partition of every topic has a leader.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicAdminError: If the cluster refuses.
    """
    names = [spec.name for spec in topics]
    with connect(cluster) as admin:
        existing = admin.describe(names)
        created = admin.create([spec for spec in topics if spec.name not in existing])
        admin.wait_for_leaders(names)
        found = admin.describe(names)
    return [_report(spec, found[spec.name], spec.name in created) for spec in topics]


def ls(cluster: Cluster, topics: Topics) -> list[TopicState]:
    """Return how each topic is on the cluster, in the order given; missing ones are marked so.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicAdminError: If the cluster refuses.
    """
    with connect(cluster) as admin:
        found = admin.describe(spec.name for spec in topics)
        held = admin.offsets_held(found)
    return [_state(spec, found.get(spec.name), held) for spec in topics]


def delete(cluster: Cluster, topics: Iterable[TopicSpec]) -> list[str]:
    """Delete the topics with all they hold; return, once they are gone, the names of those which were there.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicAdminError: If the cluster refuses, or takes too long.
    """
    with connect(cluster) as admin:
        return admin.delete(spec.name for spec in topics)


def differences(spec: TopicSpec, partitions: int, config: Mapping[str, str]) -> tuple[str, ...]:
    """Return how a topic is not what its specification needs, one phrase each; a larger limit is fine."""
    found = [] if partitions == spec.partitions else [f"partitions={partitions}, not {spec.partitions}"]
    for name, wanted in spec.config.items():
        actual = config.get(name, "unknown")
        if not _satisfies(name, actual, wanted):
            found.append(f"{name}={actual}, not {wanted}")
    return tuple(found)


def _satisfies(name: str, actual: str, wanted: str) -> bool:
    if name == "max.message.bytes" and actual.isdigit():
        return int(actual) >= int(wanted)
    return set(actual.split(",")) == set(wanted.split(","))


def _report(spec: TopicSpec, found: FoundTopic, created: bool) -> TopicReport:
    if created:
        return TopicReport(spec.name, "created")
    different = differences(spec, found.partitions, found.config)
    return TopicReport(spec.name, "differs" if different else "exists", different)


def _state(spec: TopicSpec, found: FoundTopic | None, held: Mapping[str, int]) -> TopicState:
    if found is None:
        return TopicState(spec.name, spec.purpose, missing=True)
    return TopicState(
        spec.name,
        spec.purpose,
        missing=False,
        partitions=found.partitions,
        cleanup_policy=found.config.get("cleanup.policy"),
        records=held[spec.name],
        differences=differences(spec, found.partitions, found.config),
    )
