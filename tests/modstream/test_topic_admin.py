import uuid
from dataclasses import replace

import pytest

from modstream import topic_admin
from modstream.kafka_admin import TopicRefusedError
from modstream.topic_admin import differences
from streams.kafka_cluster import Cluster
from streams.topics import Topics, TopicSpec

SPEC = TopicSpec("t", 4, "tests", {"cleanup.policy": "delete", "max.message.bytes": "2000"})
AS_WANTED = {"cleanup.policy": "delete", "max.message.bytes": "2000", "segment.bytes": "1"}


@pytest.mark.parametrize(
    ("partitions", "config", "expected"),
    [
        pytest.param(4, AS_WANTED, (), id="as-wanted"),
        pytest.param(4, AS_WANTED | {"max.message.bytes": "2001"}, (), id="larger-limit-is-fine"),
        pytest.param(
            4,
            AS_WANTED | {"max.message.bytes": "1999"},
            ("max.message.bytes=1999, not 2000",),
            id="smaller-limit",
        ),
        pytest.param(3, AS_WANTED, ("partitions=3, not 4",), id="fewer-partitions"),
        pytest.param(5, AS_WANTED, ("partitions=5, not 4",), id="more-partitions"),
        pytest.param(
            4,
            AS_WANTED | {"cleanup.policy": "compact,delete"},
            ("cleanup.policy=compact,delete, not delete",),
            id="other-cleanup",
        ),
        pytest.param(
            1,
            {},
            (
                "partitions=1, not 4",
                "cleanup.policy=unknown, not delete",
                "max.message.bytes=unknown, not 2000",
            ),
            id="nothing-known",
        ),
    ],
)
def test_differences_name_what_the_pipeline_needs(
    partitions: int, config: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert differences(SPEC, partitions, config) == expected


@pytest.fixture
def unborn() -> Topics:
    return Topics.named(prefix=f"test-{uuid.uuid4().hex[:8]}-", partitions=2)


@pytest.mark.kafka
def test_topics_are_created_as_specified_and_once(cluster: Cluster, unborn: Topics) -> None:
    assert {report.outcome for report in topic_admin.create(cluster, unborn)} == {"created"}
    assert {report.outcome for report in topic_admin.create(cluster, unborn)} == {"exists"}
    states = {state.name: state for state in topic_admin.ls(cluster, unborn)}
    for spec in unborn:
        state = states[spec.name]
        assert (state.missing, state.partitions, state.records) == (False, spec.partitions, 0)
        assert state.cleanup_policy == spec.config["cleanup.policy"]
        assert state.differences == ()


@pytest.mark.kafka
def test_an_existing_topic_is_reported_and_left_as_it_is(cluster: Cluster, unborn: Topics) -> None:
    other = replace(unborn, alerts=replace(unborn.alerts, partitions=1, config={"cleanup.policy": "compact"}))
    topic_admin.create(cluster, other)
    reports = {report.name: report for report in topic_admin.create(cluster, unborn)}
    assert reports[unborn.comments.name].outcome == "exists"
    assert reports[unborn.alerts.name].outcome == "differs"
    different = reports[unborn.alerts.name].differences
    assert different[:2] == ("partitions=1, not 2", "cleanup.policy=compact, not delete")
    states = {state.name: state for state in topic_admin.ls(cluster, unborn)}
    assert (states[unborn.alerts.name].partitions, states[unborn.alerts.name].cleanup_policy) == (
        1,
        "compact",
    )


@pytest.mark.kafka
def test_ls_counts_records_and_marks_missing_topics(cluster: Cluster, unborn: Topics) -> None:
    assert all(state.missing for state in topic_admin.ls(cluster, unborn))
    topic_admin.create(cluster, unborn)
    from kafka import KafkaProducer

    with KafkaProducer(bootstrap_servers=cluster.servers) as producer:
        for number in range(10):
            producer.send(unborn.comments.name, value=b"x", partition=number % 2)
        producer.flush()
    states = {state.name: state.records for state in topic_admin.ls(cluster, unborn)}
    assert states[unborn.comments.name] == 10
    assert states[unborn.alerts.name] == 0


@pytest.mark.kafka
def test_an_alert_may_be_larger_than_the_largest_comment(cluster: Cluster, topics: Topics) -> None:
    from kafka import KafkaProducer

    with KafkaProducer(bootstrap_servers=cluster.servers, max_request_size=4_000_000) as producer:
        producer.send(topics.alerts.name, value=b"x" * 1_900_000).get(timeout=30)


@pytest.mark.kafka
def test_deleted_topics_are_gone_and_can_be_created_again(cluster: Cluster, unborn: Topics) -> None:
    topic_admin.create(cluster, unborn)
    assert set(topic_admin.delete(cluster, unborn)) == {spec.name for spec in unborn}
    assert topic_admin.delete(cluster, unborn) == []
    assert {report.outcome for report in topic_admin.create(cluster, unborn)} == {"created"}


@pytest.mark.kafka
def test_a_refused_topic_is_named_with_the_clusters_reason(cluster: Cluster, unborn: Topics) -> None:
    bad = replace(unborn, late=replace(unborn.late, config={"cleanup.policy": "shred"}))
    with pytest.raises(TopicRefusedError, match=f"create the topic {bad.late.name}: .*shred"):
        topic_admin.create(cluster, bad)


@pytest.mark.kafka
def test_the_topics_fixture_gives_empty_topics(cluster: Cluster, topics: Topics) -> None:
    states = topic_admin.ls(cluster, topics)
    assert len(states) == len(list(topics))
    assert all(state.records == 0 for state in states)
