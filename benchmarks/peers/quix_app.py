"""Quix Streams, as its tutorials do it: a streaming data frame, one comment at a time.

python -m benchmarks.peers.quix_app
"""

from typing import Any

from quixstreams import Application, message_context

from benchmarks.peers import work
from benchmarks.peers.job import Job


def main() -> None:
    """Score, and send to both topics, until told to stop."""
    job = Job.here()
    score, version = work.score_for(job), work.version_of(job)
    app = Application(
        broker_address=job.bootstrap,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        state_dir=job.own_folder,
    )
    comments = app.topic(job.comments, key_deserializer="bytes")
    predictions = app.topic(job.predictions, key_serializer="bytes")
    alerts = app.topic(job.alerts, key_serializer="bytes")

    def predict(comment: dict[str, Any]) -> dict[str, Any]:
        where = message_context()
        event = work.event_id(where.topic, where.partition, where.offset)
        return work.prediction(comment, score([comment["body"]])[0], event, version)

    scored = app.dataframe(comments).apply(predict)
    scored.to_topic(predictions)
    scored.filter(work.is_alert).apply(work.alert).to_topic(alerts)
    app.run()


if __name__ == "__main__":
    main()
