"""A broker that accepts connections and never answers."""

import socket
import time
from collections.abc import Iterator

import pytest

from modstream.verify.audit import LAST_READING_WITHIN_S, audit_until_stopped
from modstream.verify.errors import ReadingFailedError
from streams.kafka_cluster import Cluster
from streams.topics import Topics


@pytest.fixture
def mute_broker() -> Iterator[Cluster]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Cluster(f"127.0.0.1:{listener.getsockname()[1]}")


async def test_following_is_stopped_while_the_broker_hangs(mute_broker: Cluster) -> None:
    started_s = time.monotonic()
    with pytest.raises(ReadingFailedError, match="stopped"):
        await audit_until_stopped(
            mute_broker, Topics.named(), 0.5, should_stop=lambda: True, on_round=lambda verdict: None
        )
    assert time.monotonic() - started_s < LAST_READING_WITHIN_S + 3
