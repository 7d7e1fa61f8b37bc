"""Topics that hold a benchmark's comments: loaded once, read by every contender in every round."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import batched

import msgspec
from aiokafka import AIOKafkaProducer

from benchmarks.harness.comments import BenchComment
from modstream.kafka_admin import connect
from streams import record_batches
from streams.kafka_cluster import Cluster
from streams.records import Output
from streams.topics import Topics, TopicSpec

PARTITIONS = 4
AT_ONCE = 5_000

APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
"""Outputs carry the time at which the broker appended them, whatever a client's clock says."""


@dataclass(frozen=True)
class Lane:
    """The pipeline's topics under a name of their own; what is read stays, what is written is made anew."""

    name: str
    cluster: Cluster
    partitions: int = PARTITIONS
    comments_config: Mapping[str, str] = field(default_factory=dict)
    """Beyond the pipeline's own configuration of comments."""
    outputs_config: Mapping[str, str] = field(default_factory=dict)
    """Beyond the pipeline's own configuration of predictions and alerts."""

    @property
    def prefix(self) -> str:
        """Return what comes before the topics' names."""
        return f"{self.name}."

    @property
    def topics(self) -> Topics:
        """Return the topics as they are created."""
        named = Topics.named(self.prefix, self.partitions)
        return replace(
            named,
            comments=_with(named.comments, self.comments_config),
            predictions=_with(named.predictions, {**APPEND_TIME, **self.outputs_config}),
            alerts=_with(named.alerts, {**APPEND_TIME, **self.outputs_config}),
            dead_letters=_with(named.dead_letters, APPEND_TIME),
        )

    @property
    def written(self) -> list[TopicSpec]:
        """Return the topics that a contender may write to."""
        return [each for each in self.topics if each.name != self.topics.comments.name]

    def load(self, comments: Iterable[BenchComment]) -> None:
        """Create the topic of comments and put them there; their ids decide the partitions."""
        with connect(self.cluster) as admin:
            admin.create([self.topics.comments])
            admin.wait_for_leaders([self.topics.comments.name])
        asyncio.run(self._send(comments))

    def renew(self) -> None:
        """Delete what contenders wrote, and create it again, empty."""
        names = [each.name for each in self.written]
        with connect(self.cluster) as admin:
            admin.delete(names)
            admin.create(self.written)
            admin.wait_for_leaders(names)

    def drop(self) -> None:
        """Delete every topic of the lane."""
        with connect(self.cluster) as admin:
            admin.delete([each.name for each in self.topics])

    async def _send(self, comments: Iterable[BenchComment]) -> None:
        producer = AIOKafkaProducer(**self.cluster.for_aiokafka(), max_batch_size=256 * 1024)
        await producer.start()
        try:
            for some in batched(self._records(comments), AT_ONCE):
                await asyncio.gather(*await record_batches.send(producer, some))
        finally:
            await producer.stop()

    def _records(self, comments: Iterable[BenchComment]) -> Iterator[Output]:
        encode = msgspec.json.Encoder().encode
        for comment in comments:
            yield Output(self.topics.comments.name, None, comment.id.encode(), encode(comment), [])


def _with(spec: TopicSpec, config: Mapping[str, str]) -> TopicSpec:
    return replace(spec, config={**spec.config, **config})
