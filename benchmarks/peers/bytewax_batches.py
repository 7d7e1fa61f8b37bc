"""Bytewax in batches: the same dataflow with `flat_map_batch`, which gets what a poll of Kafka gave.

python -m bytewax.recovery FOLDER 1
python -m bytewax.run benchmarks/peers/bytewax_batches.py:flow -r FOLDER -s 1 -b 0
"""

from collections.abc import Iterator

import bytewax.operators as op
import msgspec
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from benchmarks.peers import work
from benchmarks.peers.bytewax_sinks import send
from benchmarks.peers.job import Job

BATCH = 4_096
"""Comments in a poll, at the most."""

job = Job.here()
score, version = work.score_for(job), work.version_of(job)
encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


def predict(messages: list[KafkaSourceMessage]) -> Iterator[KafkaSinkMessage]:
    """Yield the predictions of a batch."""
    comments = [decode(message.value) for message in messages]
    probabilities = score([comment["body"] for comment in comments])
    for message, comment, probability in zip(messages, comments, probabilities, strict=True):
        event = work.event_id(message.topic, message.partition, message.offset)
        yield KafkaSinkMessage(message.key, work.prediction(comment, probability, event, version))


flow = Dataflow("moderate")
comments = op.input("comments", flow, KafkaSource([job.bootstrap], [job.comments], batch_size=BATCH))
send(job, op.flat_map_batch("predict", comments, predict), encode)
