"""What the topics take is known before the broker refuses it."""

import pytest

from streams.kafka_cluster import Cluster
from streams.limits import OVERHEAD_OF_A_BATCH, Limits, limits_of
from streams.topics import MAX_OUTPUT_BYTES, Topics
from tests.streams.examples import UNREACHABLE


def test_the_lower_limit_holds() -> None:
    limits = Limits()
    limits.learn({"low": 10_000, "high": 10 * MAX_OUTPUT_BYTES})
    assert limits.largest("low") == 10_000 - OVERHEAD_OF_A_BATCH
    assert limits.largest("high") == limits.largest("never heard of") == MAX_OUTPUT_BYTES
    assert limits.surely_taken == limits.largest("low") // 4


@pytest.mark.kafka
async def test_broker_tells_what_topics_are_set_to(
    cluster: Cluster, topics: Topics, caplog: pytest.LogCaptureFixture
) -> None:
    names = [topics.predictions.name, topics.late.name]
    assert await limits_of(cluster, [*names, "nonesuch"]) == dict(
        zip(names, (2_097_152, 1_048_588), strict=True)
    )
    assert "the limit of nonesuch is not known" in caplog.text


async def test_nothing_is_known_of_a_broker_that_does_not_answer() -> None:
    assert await limits_of(UNREACHABLE, ["t"]) == {}
