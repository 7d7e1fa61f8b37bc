"""Records that could not be scored: on the dead-letter topic, their bytes untouched, the reason beside.

The first five header names are those of Kafka Streams' dead letter queues (KIP-1034), so that tools made for
these can read ours.
"""

from streams.records import Output, SourceRecord

EXCEPTION = "__streams.errors.exception"
MESSAGE = "__streams.errors.message"
TOPIC = "__streams.errors.topic"
PARTITION = "__streams.errors.partition"
OFFSET = "__streams.errors.offset"
EVENT_ID = "modstream.event_id"
ATTEMPTS = "modstream.attempts"
MODEL_VERSION = "modstream.model_version"
DEAD_LETTERED_AT = "modstream.dead_lettered_at"


def dead_letter(
    record: SourceRecord, error: Exception, topic: str, at_s: float, *, model_version: str = ""
) -> Output:
    """Return the dead letter of a record.

    Args:
        record: What could not be scored; its key and value are kept byte for byte.
        error: Why.
        topic: The dead-letter topic.
        at_s: When, seconds since the epoch.
        model_version: The model that refused it, empty where none was asked.
    """
    facts = {
        EXCEPTION: type(error).__name__,
        MESSAGE: str(error),
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        EVENT_ID: record.event_id,
        ATTEMPTS: "1",
        MODEL_VERSION: model_version,
        DEAD_LETTERED_AT: f"{at_s:.3f}",
    }
    headers = [(name, text.encode("utf-8", "replace")) for name, text in facts.items()]
    return Output(topic, record.partition, record.key, record.value, headers)
