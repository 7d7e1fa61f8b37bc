"""Whether the cluster lets a program do what it has to: told by the cluster, without trying."""

import asyncio
from collections.abc import Mapping
from typing import Literal

from aiokafka.errors import KafkaError

from modstream.doctor.findings import Finding, Status
from modstream.errors import KafkaUnreachableError
from modstream.verify.audit import names
from streams import rights
from streams.kafka_cluster import Cluster
from streams.rights import FoundTopic, Right, Wanted
from streams.topics import Topics

NAME = "permissions"

type Program = Literal["worker", "replay", "verify"]
PROGRAMS: tuple[Program, ...] = ("worker", "replay", "verify")


def wanted(program: Program, topics: Topics) -> Wanted:
    """Return what a program has to be allowed, by topic."""
    if program == "worker":
        return rights.of_worker(topics)
    if program == "replay":
        return {topics.comments.name: [Right.WRITE]}
    return {name: [Right.READ] for name in names(topics)}


def look(cluster: Cluster, topics: Topics, group: str, program: Program) -> Finding:
    """Return whether this user may do what a program has to.

    Raises:
        KafkaUnreachableError: If the cluster does not answer.
    """
    needed = wanted(program, topics)
    try:
        found = asyncio.run(rights.look_at_topics(cluster, needed))
        may_join = program != "worker" or asyncio.run(rights.may_join(cluster, group))
    except KafkaError as error:
        raise KafkaUnreachableError(cluster.bootstrap) from error
    return judge(program, found, needed, group, may_join=may_join)


def judge(
    program: Program, found: Mapping[str, FoundTopic], needed: Wanted, group: str, *, may_join: bool
) -> Finding:
    """Return what is to be said of what a program may do."""
    missing = [rights.lacking(found, needed), "" if may_join else f"read group {group}"]
    if lacking := "; ".join(filter(None, missing)):
        return Finding(
            NAME,
            Status.FAILED,
            f"the {program} may not: {lacking}",
            "have the cluster's administrator add these ACLs; docs/security.md has the commands",
        )
    return Finding(NAME, Status.OK, f"the {program} may do all that it has to")
