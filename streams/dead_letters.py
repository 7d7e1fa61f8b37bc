"""Records that could not be scored: on the dead-letter topic, their bytes untouched, the reason beside.

The first five header names are those of Kafka Streams' dead letter queues (KIP-1034), so that tools made for
these can read ours.
"""

from streams.errors import (
    ClassifierAnswerError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
    CommentTooLargeError,
    InvalidCommentError,
    OutputTooLargeError,
)
from streams.records import EVENT_ID, RESUBMISSION, TIMESTAMP, Output, SourceRecord
from streams.topics import MAX_OUTPUT_BYTES

EXCEPTION = "__streams.errors.exception"
MESSAGE = "__streams.errors.message"
TOPIC = "__streams.errors.topic"
PARTITION = "__streams.errors.partition"
OFFSET = "__streams.errors.offset"
ATTEMPTS = "modstream.attempts"
MODEL_VERSION = "modstream.model_version"
DEAD_LETTERED_AT = "modstream.dead_lettered_at"
VALUE_BYTES = "modstream.value_bytes"
"""How long the record's value is; the letter has none when it would not have fitted."""
KEY_BYTES = "modstream.key_bytes"
"""How long the record's key is, -1 when it has none."""

OURS = frozenset(
    {
        EXCEPTION,
        MESSAGE,
        TOPIC,
        PARTITION,
        OFFSET,
        EVENT_ID,
        ATTEMPTS,
        MODEL_VERSION,
        DEAD_LETTERED_AT,
        VALUE_BYTES,
        KEY_BYTES,
        TIMESTAMP,
        RESUBMISSION,
    }
)
"""Headers of a letter that are not its record's own."""

LONGEST_MESSAGE = 1_000
"""Characters of an error's message."""

REASONS: dict[type[Exception], str] = {
    InvalidCommentError: "invalid",
    CommentTooLargeError: "too_large",
    OutputTooLargeError: "output_too_large",
    ClassifierRefusedError: "refused",
    ClassifierUnavailableError: "failed",
    ClassifierAnswerError: "failed",
}
"""What an error is counted as, in metrics."""

OTHER = "other"
"""What any other error is counted as."""


def reason_of(error: Exception) -> str:
    """Return what kind of fault an error is, in a word: one of `REASONS`, or `OTHER`."""
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), OTHER)


def dead_letter(
    record: SourceRecord,
    error: Exception,
    topic: str,
    at_s: float,
    *,
    model_version: str = "",
    attempts: int = 1,
    largest: int = MAX_OUTPUT_BYTES,
) -> Output:
    """Return the dead letter of a record.

    The record's own headers come first, but for those with names of ours; one without a value gets an empty
    one. A record that is too large for a dead letter goes without its headers, then without its value, and if
    need be its key: our headers say where it came from and how large it was.

    Args:
        record: What could not be scored; its key and value are kept byte for byte.
        error: Why.
        topic: The dead-letter topic.
        at_s: When, seconds since the epoch.
        model_version: The model that answered last, empty where none has.
        attempts: How often the record was tried.
        largest: How many bytes the letter may have.
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
        KEY_BYTES: str(-1 if record.key is None else len(record.key)),
        TIMESTAMP: f"{record.event_timestamp_s:.3f}",
    }
    ours = [(name, text.encode("utf-8", "replace")) for name, text in facts.items()] + record.resubmission
    theirs = [(name, value or b"") for name, value in record.headers if name not in OURS]
    # Clients refuse a record that has neither key nor value; KEY_BYTES tells an empty key from none.
    some_key = record.key or b""
    key = some_key if record.value is None else record.key
    shapes = (
        (key, record.value, theirs + ours),
        (key, record.value, ours),
        (some_key, None, ours),
    )
    letters = (Output(topic, record.partition, *shape) for shape in shapes)
    fitting = (letter for letter in letters if letter.size <= largest)
    return next(fitting, Output(topic, record.partition, b"", None, ours))
