"""Records that could not be scored: on the dead-letter topic, their bytes untouched, the reason beside.

The first five header names are those of Kafka Streams' dead letter queues (KIP-1034), so that tools made for
these can read ours.
"""

from streams.records import Output, SourceRecord
from streams.topics import MAX_OUTPUT_BYTES

EXCEPTION = "__streams.errors.exception"
MESSAGE = "__streams.errors.message"
TOPIC = "__streams.errors.topic"
PARTITION = "__streams.errors.partition"
OFFSET = "__streams.errors.offset"
EVENT_ID = "modstream.event_id"
ATTEMPTS = "modstream.attempts"
MODEL_VERSION = "modstream.model_version"
DEAD_LETTERED_AT = "modstream.dead_lettered_at"
VALUE_BYTES = "modstream.value_bytes"
"""How long the record's value is; the letter has none when it would not have fitted."""

LONGEST_MESSAGE = 1_000
"""Characters of an error's message."""


def dead_letter(
    record: SourceRecord,
    error: Exception,
    topic: str,
    at_s: float,
    *,
    model_version: str = "",
    attempts: int = 1,
) -> Output:
    """Return the dead letter of a record.

    A record that is too large for a dead letter goes without its value, and if need be its key: the headers
    say where it came from and how large it was.

    Args:
        record: What could not be scored; its key and value are kept byte for byte.
        error: Why.
        topic: The dead-letter topic.
        at_s: When, seconds since the epoch.
        model_version: The model that answered last, empty where none has.
        attempts: How often the record was tried.
    """
    facts = {
        EXCEPTION: type(error).__name__,
        MESSAGE: str(error)[:LONGEST_MESSAGE],
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        EVENT_ID: record.event_id,
        ATTEMPTS: str(attempts),
        MODEL_VERSION: model_version,
        DEAD_LETTERED_AT: f"{at_s:.3f}",
        VALUE_BYTES: str(len(record.value or b"")),
    }
    headers = [(name, text.encode("utf-8", "replace")) for name, text in facts.items()]
    for key, value in ((record.key, record.value), (record.key, None)):
        letter = Output(topic, record.partition, key, value, headers)
        if letter.size <= MAX_OUTPUT_BYTES:
            return letter
    return Output(topic, record.partition, None, None, headers)
