"""Reads the pipeline's topics while it works, in a thread, into a tally."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from modstream.demo.errors import WatcherEndedError
from modstream.demo.tally import AlertLine, Tally
from streams.kafka_cluster import Cluster
from streams.records import EVENT_ID, Alert
from streams.topics import Topics

POLL_MS = 100
SHOWN_WORDS = 5

_alerts = msgspec.json.Decoder(Alert)


class Watcher(threading.Thread):
    """Follows the topics from where they ended when it was made."""

    def __init__(self, cluster: Cluster, topics: Topics, tally: Tally) -> None:
        from kafka import KafkaConsumer, TopicPartition

        super().__init__(name="watcher", daemon=True)
        self._topics = topics
        self._tally = tally
        self._enough = threading.Event()
        self._error: Exception | None = None
        self._consumer: Any = KafkaConsumer(**cluster.for_kafka_python(), fetch_max_wait_ms=POLL_MS)
        followed = (topics.comments, topics.predictions, topics.alerts, topics.dead_letters)
        partitions = [
            TopicPartition(each.name, number) for each in followed for number in range(each.partitions)
        ]
        self._consumer.assign(partitions)
        for partition, end in self._consumer.end_offsets(partitions).items():
            self._consumer.seek(partition, end)
        self._tell: dict[str, Callable[[Any], None]] = {
            topics.comments.name: self._input,
            topics.predictions.name: self._prediction,
            topics.alerts.name: self._alert,
            topics.dead_letters.name: self._dead_letter,
        }

    def run(self) -> None:
        """Read until told that it is enough."""
        try:
            while not self._enough.is_set():
                for partition, records in self._consumer.poll(timeout_ms=POLL_MS).items():
                    for record in records:
                        self._tell[partition.topic](record)
            self._consumer.close()
        except Exception as error:  # the thread's outermost edge: told to whoever asks whether it lives
            self._error = error

    def require_alive(self) -> None:
        """Raise `WatcherEndedError` if it reads no more."""
        if not self.is_alive():
            raise WatcherEndedError(self._error) from self._error

    def stop(self, within_s: float = 5.0) -> None:
        """Stop reading."""
        self._enough.set()
        if self.is_alive():
            self.join(within_s)

    def _input(self, record: Any) -> None:
        self._tally.see_input(f"{record.topic}:{record.partition}:{record.offset}", record.timestamp)

    def _prediction(self, record: Any) -> None:
        self._tally.see_prediction(_event_id(record), record.timestamp)

    def _dead_letter(self, record: Any) -> None:
        self._tally.see_dead_letter(_event_id(record))

    def _alert(self, record: Any) -> None:
        alert = _alerts.decode(record.value)
        reasons = alert.reasons[:SHOWN_WORDS]
        self._tally.see_alert(AlertLine(alert.probability, alert.id, alert.original, reasons))


def _event_id(record: Any) -> str:
    return next((value.decode() for name, value in record.headers if name == EVENT_ID), "")
