"""A right that is missing is named, to whoever lacks it."""

import asyncio
import re
from collections.abc import Callable, Iterator

import pytest

from modstream import topic_admin
from modstream.replay import AsFastAsPossible, Outgoing, replay
from modstream.state.reading import read_standing
from modstream.verify import verify
from streams.errors import NotAllowedError
from streams.kafka_cluster import Cluster
from streams.rights import Right, of_worker
from streams.starting import wait_for_topics
from streams.topics import Topics
from tests.security import acl_commands, programs
from tests.security.conftest import PREFIX
from tests.security.secured import Secured
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

GROUP = f"{PREFIX}modstream"


def refused(do: Callable[[], object]) -> str:
    with pytest.raises(NotAllowedError) as caught:
        do()
    return str(caught.value)


def start(cluster: Cluster, topics: Topics, group: str = GROUP) -> None:
    waiting = wait_for_topics(cluster, of_worker(topics), group, 0.0, lambda: False)
    asyncio.run(waiting)


def test_worker_starts_with_the_documented_rights(secured: Secured, granted: Topics) -> None:
    start(secured.as_user("worker"), granted)


def test_worker_names_every_right_that_it_lacks(secured: Secured, granted: Topics) -> None:
    told = refused(lambda: start(secured.as_user("reader"), granted))
    assert told.startswith(f"reader is not allowed by {secured.as_user('reader').bootstrap} to write ")
    assert told.count(PREFIX) == 7
    assert "read" not in told.partition(" to ")[2].partition(":")[0].replace("reddit", "")


def test_worker_names_the_group_that_it_may_not_join(secured: Secured, granted: Topics) -> None:
    for group in (f"{PREFIX}other", "other"):
        told = refused(lambda group=group: start(secured.as_user("worker"), granted, group))  # type: ignore[misc]
        assert f"to read as the consumer group {group}: docs/security.md" in told


def test_worker_ends_with_that_sentence(secured: Secured, granted: Topics) -> None:
    environment = programs.environment(secured.as_user("outsider"), PREFIX)
    told = programs.run(("streams", "worker", "-l", "info", "--without-web"), environment)
    assert told.status == 1
    assert told.last_line.startswith("modstream: outsider is not allowed by ")
    assert granted.comments.name in told.last_line
    assert "Traceback" not in told.output


def test_replay_names_the_topic_that_it_may_not_write(secured: Secured, granted: Topics) -> None:
    comments: Iterator[Outgoing] = iter([])
    cluster = secured.as_user("reader")
    told = refused(lambda: replay(comments, cluster, granted.comments.name, AsFastAsPossible()))
    assert f"to write {granted.comments.name}: " in told


def test_verify_names_the_topics_that_it_may_not_read(secured: Secured, granted: Topics) -> None:
    told = refused(lambda: verify(secured.as_user("source"), granted, 0.5))
    assert re.search(rf"to read {granted.comments.name}, {granted.predictions.name}, .*: docs", told)


def test_state_names_the_group_that_it_may_not_see(secured: Secured, granted: Topics) -> None:
    reader = secured.as_user("reader")
    told = refused(lambda: asyncio.run(read_standing(reader, granted, "another")))
    assert "to describe the consumer group another: " in told


def test_topics_are_not_called_missing_that_may_not_be_seen(secured: Secured, granted: Topics) -> None:
    told = refused(lambda: topic_admin.ls(secured.as_user("outsider"), granted))
    assert f"to describe {PREFIX}reddit_dead_letter, " in told


def test_configuration_is_not_called_unknown_that_may_not_be_seen(secured: Secured, granted: Topics) -> None:
    told = refused(lambda: topic_admin.ls(secured.as_user("reader"), granted))
    assert f"to describe the configuration of {PREFIX}reddit_dead_letter, " in told


def test_topics_that_may_not_be_made_are_named(secured: Secured) -> None:
    prefix = "seen-not-made."
    command = (
        "kafka-acls $KAFKA --add --allow-principal User:outsider --operation Describe --topic reddit_ "
        "--resource-pattern-type prefixed"
    )
    acl_commands.apply([command], secured.open, prefix)
    told = ""

    def counts() -> bool:
        nonlocal told
        told = refused(lambda: topic_admin.create(secured.as_user("outsider"), Topics.named(prefix)))
        return "to create" in told

    eventually(counts, "the right to describe")
    assert f"to create {prefix}reddit_dead_letter, " in told


def test_documented_rights_are_those_that_the_worker_asks_for() -> None:
    read, write = (
        {
            topic
            for command in acl_commands.documented()
            if "User:worker" in command and f"--operation {operation} " in command
            for topic in re.findall(r"--topic (\S+)", command)
        }
        for operation in ("Read", "Write")
    )
    wanted = of_worker(Topics.named())
    assert read == {topic for topic, rights in wanted.items() if Right.READ in rights}
    assert write == {topic for topic, rights in wanted.items() if Right.WRITE in rights}
