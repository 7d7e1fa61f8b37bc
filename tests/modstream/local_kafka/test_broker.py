"""A real broker: started, stopped, killed, emptied."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from modstream.local_kafka import LocalKafka, answers, free_port
from modstream.local_kafka.errors import BrokerRunningError, BrokerStartError, PortTakenError

TOPIC = "kept"


def produce(bootstrap: str, values: list[bytes]) -> None:
    from kafka import KafkaProducer
    from kafka.admin import KafkaAdminClient

    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        if TOPIC not in admin.list_topics():
            admin.create_topics({TOPIC: {"num_partitions": 1}}, wait_for_metadata=True)
    with KafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for value in values:
            producer.send(TOPIC, value=value)
        producer.flush()


def consume(bootstrap: str, count: int) -> list[bytes]:
    from kafka import KafkaConsumer

    with KafkaConsumer(
        TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    ) as consumer:
        return [next(consumer).value for _ in range(count)]


def topic_size(bootstrap: str) -> int:
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient, OffsetSpec

    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        partition = TopicPartition(TOPIC, 0)
        return int(admin.list_partition_offsets({partition: OffsetSpec.LATEST})[partition].offset)


def topic_names(bootstrap: str) -> set[str]:
    from kafka.admin import KafkaAdminClient

    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        return set(admin.list_topics())


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory, kafka_cache_dir: Path) -> Iterator[LocalKafka]:
    """Yield one instance for the module, in a folder whose name needs care."""
    folder = tmp_path_factory.mktemp("a folder, ü=1")
    with LocalKafka(folder, free_port(), cache_dir=kafka_cache_dir, die_with_parent=True) as broker:
        yield broker


@pytest.fixture
def broker(instance: LocalKafka) -> LocalKafka:
    instance.start()
    return instance


@pytest.mark.kafka
def test_records_survive_a_stop(broker: LocalKafka) -> None:
    produce(broker.bootstrap, [b"one", b"two"])
    assert broker.stop()
    assert not broker.status().running
    assert not broker.stop()
    assert consume(broker.start().bootstrap, 2) == [b"one", b"two"]


@pytest.mark.kafka
def test_records_survive_a_kill(broker: LocalKafka) -> None:
    before = broker.status()
    produce(before.bootstrap, [b"acknowledged"])
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)
    after = broker.start()
    assert after.running
    assert after.pid != before.pid
    assert b"acknowledged" in consume(after.bootstrap, topic_size(after.bootstrap))


@pytest.mark.kafka
def test_another_object_finds_and_stops_the_running_broker(broker: LocalKafka, kafka_cache_dir: Path) -> None:
    other = LocalKafka(broker.folder, 1, cache_dir=kafka_cache_dir)
    assert (other.status().pid, other.bootstrap) == (broker.status().pid, broker.bootstrap)
    assert other.start().pid == broker.status().pid
    assert other.stop()
    assert not broker.status().running


@pytest.mark.kafka
def test_a_running_broker_is_not_emptied_and_a_stopped_one_is(broker: LocalKafka) -> None:
    produce(broker.bootstrap, [b"gone"])
    with pytest.raises(BrokerRunningError, match="modstream kafka down"):
        broker.wipe()
    assert TOPIC in topic_names(broker.bootstrap)
    broker.stop()
    broker.wipe()
    assert TOPIC not in topic_names(broker.start().bootstrap)


@pytest.mark.kafka
def test_a_start_that_takes_too_long_leaves_no_process(instance: LocalKafka) -> None:
    instance.stop()
    with pytest.raises(BrokerStartError, match="was not ready within 0 s"):
        instance.start(timeout_s=0)
    assert not instance.status().running
    assert not instance.stop()


@pytest.mark.kafka
def test_a_broker_that_dies_at_start_is_quoted(tmp_path: Path, kafka_cache_dir: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\ncluster.id=other\nnode.id=77\n")
    with pytest.raises(BrokerStartError, match=r"(?s)ended while starting; the end of .* 77 "):
        LocalKafka(tmp_path, free_port(), cache_dir=kafka_cache_dir, die_with_parent=True).start()


def test_a_taken_port_names_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} is taken .*--port"):
            LocalKafka(tmp_path, port, cache_dir=tmp_path / "cache").start()


def test_an_instance_that_never_started_is_stopped_and_leaves_no_folder(tmp_path: Path) -> None:
    instance = LocalKafka(tmp_path / "kafka", 1, cache_dir=tmp_path)
    assert not instance.stop()
    instance.wipe()
    assert not instance.status().running
    assert not instance.folder.exists()


@pytest.mark.kafka
def test_records_and_commits_survive_kills_on_the_same_port(broker: LocalKafka) -> None:
    bootstrap = broker.bootstrap
    produce(bootstrap, [b"before a kill"])
    size = topic_size(bootstrap)
    for _ in range(2):
        assert broker.kill()
        assert not broker.status().running
        broker.launch()
        assert broker.status().running
    assert broker.start().bootstrap == bootstrap
    assert topic_size(bootstrap) == size
    assert consume(bootstrap, size)[-1] == b"before a kill"


@pytest.mark.kafka
def test_paused_broker_runs_and_answers_when_it_goes_on(broker: LocalKafka) -> None:
    port = int(broker.bootstrap.rpartition(":")[2])
    assert broker.signal(signal.SIGSTOP)
    try:
        assert broker.status().running
        assert not answers("127.0.0.1", port, timeout_s=0.2)
    finally:
        assert broker.signal(signal.SIGCONT)
    assert answers("127.0.0.1", port, timeout_s=10.0)


def test_what_does_not_run_is_neither_killed_nor_sent_signals(tmp_path: Path) -> None:
    instance = LocalKafka(tmp_path / "kafka", 1, cache_dir=tmp_path)
    assert not instance.kill()
    assert not instance.signal(signal.SIGSTOP)
