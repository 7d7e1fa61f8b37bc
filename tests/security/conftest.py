"""A broker with TLS, SASL and ACLs for all of these tests, and topics with the documented rights."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from modstream import topic_admin
from streams.rights import lacking, look_at_topics, of_worker
from streams.topics import Topics
from tests.security import acl_commands
from tests.security.secured import Secured, secured_kafka
from tests.waiting import eventually

PREFIX = "secured."


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory, kafka_cache_dir: Path) -> Iterator[Secured]:
    """Yield the broker."""
    with secured_kafka(tmp_path_factory.mktemp("secured"), kafka_cache_dir) as secured:
        yield secured


@pytest.fixture(scope="session")
def granted(secured: Secured) -> Topics:
    """Return the pipeline's topics; each user is allowed what docs/security.md says, and nothing else."""
    topics = Topics.named(PREFIX)
    acl_commands.apply(acl_commands.documented(), secured.open, PREFIX)
    wanted = of_worker(topics)

    def is_known() -> bool:
        """Return whether the broker goes by the rights already, some moments after it has them."""
        found = asyncio.run(look_at_topics(secured.as_user("worker"), wanted))
        return not lacking(found, wanted)

    topic_admin.create(secured.open, topics)
    eventually(is_known, "the rights count")
    return topics
