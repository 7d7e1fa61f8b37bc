"""A real pipeline for one test: topics of its own, and workers as the test wants them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from modstream.replay import AsFastAsPossible, Outgoing, replay
from modstream.verify import Verdict, verify
from modstream.worker_process import WorkerProcess
from streams.kafka_cluster import Cluster
from streams.settings import StreamSettings
from streams.topics import Topics, TopicSpec

THRESHOLD = 0.5


@dataclass
class Pipeline:
    """The topics of one test, and workers on them."""

    cluster: Cluster
    topics: Topics
    logs: Path
    workers: list[WorkerProcess] = field(default_factory=list)
    sent: int = 0

    @property
    def prefix(self) -> str:
        """Return what comes before the names of this test's topics and group."""
        return self.topics.comments.name.removesuffix("reddit_stream")

    def start_worker(self, classifier_url: str, **settings: str) -> WorkerProcess:
        """Start a worker on this test's topics."""
        environment = {
            "MOD_KAFKA_BOOTSTRAP": self.cluster.bootstrap,
            "MOD_TOPIC_PREFIX": self.prefix,
            "MOD_CLASSIFIER_URL": classifier_url,
            "MOD_MODERATION_THRESHOLD": str(THRESHOLD),
            **settings,
        }
        worker = WorkerProcess.start(environment, self.logs / f"worker-{len(self.workers)}.log")
        self.workers.append(worker)
        return worker

    def send(self, bodies: Sequence[str]) -> None:
        """Put comments with these bodies on the stream, as fast as it goes."""
        comments = [
            Outgoing(f"c{number}", msgspec.json.encode({"id": f"c{number}", "body": body}), f"line {number}")
            for number, body in enumerate(bodies, start=self.sent)
        ]
        self.send_each(comments)

    def send_each(self, comments: Iterable[Outgoing]) -> None:
        """Put comments on the stream, as fast as it goes."""
        report = replay(comments, self.cluster, self.topics.comments.name, AsFastAsPossible())
        assert report.failed == 0, report.failures
        self.sent += report.sent

    def configure(self, topic: TopicSpec, config: dict[str, str]) -> None:
        """Change a topic's configuration; the broker applies it some moments later."""
        admin = KafkaAdminClient(bootstrap_servers=self.cluster.servers)
        try:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=config)])
        finally:
            admin.close()

    def count(self, topic: TopicSpec) -> int:
        """Return how many records a topic holds."""
        consumer = KafkaConsumer(bootstrap_servers=self.cluster.servers)
        try:
            partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            return sum(consumer.end_offsets(partitions).values())
        finally:
            consumer.close()

    def records(self, topic: TopicSpec) -> list[dict[str, Any]]:
        """Return the values that a topic holds now."""
        consumer = KafkaConsumer(bootstrap_servers=self.cluster.servers)
        try:
            partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            left = self.count(topic)
            found: list[dict[str, Any]] = []
            while left > len(found):
                for records in consumer.poll(timeout_ms=1_000).values():
                    found.extend(msgspec.json.decode(record.value) for record in records)
            return found
        finally:
            consumer.close()

    def verify(self, wait_s: float = 60.0, *, windows_too: bool = False) -> Verdict:
        """Return what became of the comments once each has an outcome, or the time is over.

        Args:
            wait_s: How long to wait for outcomes, in seconds.
            windows_too: Whether to wait until every window is final.
        """
        return verify(
            self.cluster,
            self.topics,
            THRESHOLD,
            wait_s=wait_s,
            windows=StreamSettings().windows,
            windows_too=windows_too,
        )
