"""Quix Streams in batches: a batching sink, which it calls with what came since the last checkpoint.

A checkpoint is committed only if each sink's `flush` returns, so this is at least once.

    python -m benchmarks.peers.quix_batches
"""

from typing import Any

import msgspec
from confluent_kafka import KafkaError, Message
from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from benchmarks.peers import work
from benchmarks.peers.job import Job

BATCH = 4_096
"""Comments between two checkpoints, and in one call of the scorer."""


class ScoringSink(BatchingSink):  # type: ignore[misc]  # its library is not in this environment
    """Scores a batch, and returns when the broker has its outputs."""

    def __init__(self, job: Job, producer: Any) -> None:
        super().__init__()
        self._job = job
        self._score, self._version = work.score_for(job), work.version_of(job)
        self._producer = producer
        self._encode = msgspec.json.Encoder().encode
        self._refused: KafkaError | None = None

    def write(self, batch: SinkBatch) -> None:
        """Score and send one partition's comments."""
        for items in batch.iter_chunks(BATCH):
            rows = list(items)
            for item, probability in zip(rows, self._score([row.value["body"] for row in rows]), strict=True):
                event = work.event_id(batch.topic, batch.partition, item.offset)
                scored = work.prediction(item.value, probability, event, self._version)
                self._send(self._job.predictions, item.key, scored)
                if work.is_alert(scored):
                    self._send(self._job.alerts, item.key, work.alert(scored))

    def flush(self) -> None:
        """Write what came since the last checkpoint, and wait until the broker has it."""
        super().flush()
        self._producer.flush()
        if self._refused is not None:
            raise RuntimeError(f"the broker refused an output: {self._refused}")

    def _send(self, topic: str, key: bytes, value: dict[str, Any]) -> None:
        self._producer.produce(topic, self._encode(value), key=key, on_delivery=self._delivered)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._refused = error


def main() -> None:
    """Score, and send to both topics, until told to stop."""
    job = Job.here()
    app = Application(
        broker_address=job.bootstrap,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_every=BATCH,
        commit_interval=1.0,
        state_dir=job.own_folder,
    )
    comments = app.topic(job.comments, key_deserializer="bytes")
    with app.get_producer() as producer:
        app.dataframe(comments).sink(ScoringSink(job, producer))
        app.run()


if __name__ == "__main__":
    main()
