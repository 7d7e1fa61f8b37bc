"""Watches a contender at work: how many outputs there are, and what its processes and others have used."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from msgspec import Struct

from benchmarks.harness.usage import Family, Usage
from modstream.kafka_admin import in_our_words
from streams.kafka_cluster import Cluster
from streams.topics import TopicSpec

EVERY_S = 0.25
STALLED_AFTER_S = 30.0
"""Without a new output for so long, a contender is taken to have given all it will."""


class End(StrEnum):
    """Why the watch was over."""

    DONE = "done"
    """There are as many outputs as comments."""
    STALLED = "stalled"
    """Nothing new came for too long."""
    ENDED = "ended"
    """The process ended by itself."""


class Sample(Struct, frozen=True):
    """What was seen at one moment."""

    at_s: float
    """On a clock that only goes forward."""
    outputs: int
    usage: Mapping[str, Usage]
    """By the part of the pipeline: worker, service, broker."""


class Watched(NamedTuple):
    """What a watch has seen."""

    samples: Sequence[Sample]
    end: End


class EndOffsets:
    """Asks how many records topics have, on a connection that stays open."""

    def __init__(self, cluster: Cluster, topics: Iterable[TopicSpec]) -> None:
        self._cluster = cluster
        self._partitions = [
            TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)
        ]
        with in_our_words(cluster):
            self._consumer: Any = KafkaConsumer(**cluster.for_kafka_python())

    def __enter__(self) -> Callable[[], int]:
        return self.total

    def __exit__(self, *error: object) -> None:
        self._consumer.close()

    def total(self) -> int:
        """Return the number of records on all the topics."""
        with in_our_words(self._cluster):
            return sum(self._consumer.end_offsets(self._partitions).values())


def watch(
    outputs: Callable[[], int],
    wanted: int,
    families: Mapping[str, Family],
    is_running: Callable[[], bool],
    tell: Callable[[int], None] = lambda more: None,
    stalled_after_s: float = STALLED_AFTER_S,
    every_s: float = EVERY_S,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Watched:
    """Return what happened until there were as many outputs as wanted, or no more came.

    Args:
        outputs: How many there are now.
        wanted: How many to wait for.
        families: The processes to look at, by the part of the pipeline they are.
        is_running: Whether the contender's process is there.
        tell: Called with each further number of outputs.
        stalled_after_s: How long to wait for a further output, in seconds.
        every_s: Pause between two looks, in seconds.
        clock: Seconds on a clock that only goes forward.
        sleep: Waits for seconds.
    """
    samples: list[Sample] = []
    moved_s = clock()
    while True:
        alive = is_running()  # before the count: what it wrote last is in it
        found = outputs()
        begins = bool(found) and not (samples and samples[-1].outputs)  # CPU time counts from here on
        usages = {name: family.usage(anew=begins) for name, family in families.items()}
        sample = Sample(clock(), found, usages)
        if not samples or found > samples[-1].outputs:
            moved_s = sample.at_s
            tell(found - (samples[-1].outputs if samples else 0))
        samples.append(sample)
        if found >= wanted:
            return Watched(samples, End.DONE)
        if not alive:
            return Watched(samples, End.ENDED)
        if sample.at_s - moved_s > stalled_after_s:
            return Watched(samples, End.STALLED)
        sleep(every_s)
