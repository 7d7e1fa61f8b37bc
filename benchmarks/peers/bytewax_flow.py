"""Bytewax, as its guides do it: a dataflow from Kafka to Kafka, one comment at a time.

python -m bytewax.recovery FOLDER 1
python -m bytewax.run benchmarks/peers/bytewax_flow.py:flow -r FOLDER -s 1 -b 0
"""

import bytewax.operators as op
import msgspec
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow

from benchmarks.peers import work
from benchmarks.peers.bytewax_sinks import send
from benchmarks.peers.job import Job

job = Job.here()
score, version = work.score_for(job), work.version_of(job)
encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode


def predict(message: KafkaSourceMessage) -> KafkaSinkMessage:
    """Return a comment's prediction."""
    comment = decode(message.value)
    event = work.event_id(message.topic, message.partition, message.offset)
    return KafkaSinkMessage(
        message.key, work.prediction(comment, score([comment["body"]])[0], event, version)
    )


flow = Dataflow("moderate")
comments = op.input("comments", flow, KafkaSource([job.bootstrap], [job.comments]))
send(job, op.map("predict", comments, predict), encode)
