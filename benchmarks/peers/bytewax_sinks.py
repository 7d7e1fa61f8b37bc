"""The second half of both Bytewax dataflows: predictions to one topic, alerts to another."""

from collections.abc import Callable
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage

from benchmarks.peers import work
from benchmarks.peers.job import Job


def send(job: Job, scored: Any, encode: Callable[[Any], bytes]) -> None:
    """Send predictions and alerts through Bytewax' own sinks.

    Args:
        job: Says where to.
        scored: Stream of messages whose values are predictions.
        encode: Makes bytes of them.
    """

    def prediction_bytes(message: KafkaSinkMessage) -> KafkaSinkMessage:
        return KafkaSinkMessage(message.key, encode(message.value))

    def alert_bytes(message: KafkaSinkMessage) -> KafkaSinkMessage:
        return KafkaSinkMessage(message.key, encode(work.alert(message.value)))

    alerts = op.filter("is_alert", scored, lambda message: work.is_alert(message.value))
    brokers = [job.bootstrap]
    op.output("predictions", op.map("encode", scored, prediction_bytes), KafkaSink(brokers, job.predictions))
    op.output("alerts", op.map("encode_alert", alerts, alert_bytes), KafkaSink(brokers, job.alerts))
