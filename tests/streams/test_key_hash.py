"""Keys go to the partitions that other clients of Kafka choose."""

from types import SimpleNamespace

import pytest
from aiokafka.partitioner import murmur2 as aiokafkas
from hypothesis import example, given
from hypothesis import strategies as st
from kafka.partitioner import DefaultPartitioner

from streams.key_hash import murmur2, partition_of


@given(st.binary(max_size=70))
@example(b"")
@example(b"\xff" * 7)
def test_hash_is_that_of_other_clients(data: bytes) -> None:
    assert murmur2(data) == aiokafkas(data) & 0xFFFFFFFF


@pytest.mark.parametrize("key", ["c1", "21695", "t1_dkf3x", "ключ", "x" * 1_000])
@pytest.mark.parametrize("partitions", [1, 4, 12])
def test_the_partition_is_that_of_kafkas_default_partitioner(key: str, partitions: int) -> None:
    numbers = set(range(partitions))
    cluster = SimpleNamespace(
        topics=lambda: {"t"}, partitions_for_topic=lambda topic: numbers, available_partitions_for_topic=list
    )
    value = key.encode()
    expected = DefaultPartitioner().partition("t", key, value, None, None, cluster)
    assert partition_of(value, partitions) == expected
