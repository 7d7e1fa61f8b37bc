"""Whether the topics are as they have to be, and whether somebody works on them."""

import asyncio
from collections.abc import Mapping, Sequence

from modstream.doctor.findings import Finding, Status
from modstream.kafka_admin import connect
from modstream.state.reading import read_standing
from modstream.state.standing import Standing
from modstream.topic_admin import TopicState, ls
from streams.errors import NotAllowedError
from streams.kafka_cluster import Cluster
from streams.rights import FoundTopic
from streams.rights import look_at_topics as look_at_rights
from streams.topics import Topics

TOPICS = "topics"
LAG = "lag"

CREATE = "create them: modstream topics create"
ALTER = (
    "change what can be changed (kafka-configs.sh, kafka-topics.sh --alter), or set MOD_TOPIC_PARTITIONS to "
    "what is there"
)

MUCH = 10_000
"""Comments that wait: more than a worker has in hand."""


def look_at_topics(cluster: Cluster, topics: Topics) -> Finding:
    """Return whether every topic is there, and as the pipeline needs it.

    Raises:
        ModstreamError: If the cluster does not say.
    """
    try:
        return judge_topics(ls(cluster, topics))
    except NotAllowedError:  # a worker need not see how topics are configured
        return judge_seen(asyncio.run(look_at_rights(cluster, [each.name for each in topics])), topics)


def judge_seen(found: Mapping[str, FoundTopic], topics: Topics) -> Finding:
    """Return what is to be said of topics whose configuration may not be seen."""
    if missing := [name for name, topic in found.items() if not topic.exists]:
        return Finding(
            TOPICS, Status.FAILED, f"missing, or kept from this user: {', '.join(missing)}", CREATE
        )
    counts = {each.name: each.partitions for each in topics}
    if different := [
        f"{name} has {topic.partitions} partitions, not {counts[name]}"
        for name, topic in found.items()
        if topic.partitions != counts[name]
    ]:
        return Finding(TOPICS, Status.WARNING, "; ".join(different), ALTER)
    return Finding(
        TOPICS,
        Status.WARNING,
        f"all {len(found)} are there; this user may not see how they are configured",
        "run 'modstream topics ls' once as who made them",
    )


def judge_topics(states: Sequence[TopicState]) -> Finding:
    """Return what is to be said of topics as they are."""
    if missing := [each.name for each in states if each.missing]:
        return Finding(TOPICS, Status.FAILED, f"missing: {', '.join(missing)}", CREATE)
    if different := [f"{each.name} has {', '.join(each.differences)}" for each in states if each.differences]:
        return Finding(
            TOPICS,
            Status.WARNING,
            "; ".join(different),
            ALTER,
        )
    return Finding(TOPICS, Status.OK, f"all {len(states)} are there, as the pipeline needs them")


def look_at_lag(cluster: Cluster, topics: Topics, group: str) -> Finding:
    """Return how much waits, and whether anybody works on it.

    Raises:
        ModstreamError: If the cluster does not say.
        PipelineError: If a checkpoint cannot be read.
    """
    with connect(cluster) as admin:
        members = admin.stable_members(group)
    return judge_lag(asyncio.run(read_standing(cluster, topics, group)), members)


def judge_lag(standing: Standing, members: int) -> Finding:
    """Return what is to be said of how far a group with so many workers is."""
    waiting = sum(each.lag for each in standing.partitions)
    told = f"comments that wait: {waiting:,}; workers in group {standing.group}: {members}"
    if standing.warnings:
        return Finding(
            LAG,
            Status.WARNING,
            "; ".join(standing.warnings),
            "see docs/operations.md, Windows",
        )
    if not members:
        return Finding(
            LAG,
            Status.WARNING,
            told,
            "no worker is in the group, or they are just sharing the partitions out: start one with "
            "'modstream worker', or look at its log",
        )
    if waiting > MUCH:
        return Finding(
            LAG,
            Status.WARNING,
            told,
            "start more workers, up to one for each partition; 'modstream state show' tells whether it falls",
        )
    return Finding(LAG, Status.OK, told)
