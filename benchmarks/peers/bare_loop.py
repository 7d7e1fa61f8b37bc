"""The limit: a bare loop on librdkafka with our scorer. It promises nothing.

Offsets are committed by a timer whether or not an output arrived, and nobody looks at what the broker says.

    python -m benchmarks.peers.bare_loop
"""

import msgspec
from confluent_kafka import Consumer, Producer

from benchmarks.peers import work
from benchmarks.peers.job import Job

BATCH = 4_096
WAIT_S = 0.05
"""For a batch to fill."""


def main() -> None:
    """Consume, score, produce, until the process is ended."""
    job = Job.here()
    score, version = work.score_for(job), work.version_of(job)
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    producer = Producer({"bootstrap.servers": job.bootstrap, "queue.buffering.max.messages": 1_000_000})
    consumer = Consumer(
        {"bootstrap.servers": job.bootstrap, "group.id": job.group, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([job.comments])
    while True:
        messages = consumer.consume(BATCH, WAIT_S)
        comments = [decode(message.value()) for message in messages]
        probabilities = score([comment["body"] for comment in comments])
        for message, comment, probability in zip(messages, comments, probabilities, strict=True):
            event = work.event_id(message.topic(), message.partition(), message.offset())
            scored = work.prediction(comment, probability, event, version)
            producer.produce(job.predictions, encode(scored), message.key())
            if work.is_alert(scored):
                producer.produce(job.alerts, encode(work.alert(scored)), message.key())
        producer.poll(0)


if __name__ == "__main__":
    main()
