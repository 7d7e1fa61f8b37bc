"""Everything that can go wrong in the worker.

PipelineError                    retriable: False
├── SettingsError                a setting, or its effect in Faust, breaks a promise of the pipeline
│   ├── ConnectionFaultError          Kafka cannot be connected to until somebody changes something
│   ├── KafkaCredentialsError         a file that a connection to Kafka needs cannot be used
│   ├── UnknownThresholdError         the model has no threshold of the name asked for: the worker ends
│   └── NamelessServiceError          the service does not know thresholds by names: the worker ends
├── NotAllowedError              Kafka does not let this client do what it has to
├── NotStartedError              no broker or no topics within the time for it: the worker ends
├── InvalidCommentError          a record is not a comment: it is dead-lettered
├── CommentTooLargeError         a comment is longer than the service is asked for: it is dead-lettered
├── InvalidPartialError          a record of the partials' topic is not one: it is passed over
├── StateError                   a partition of the worker's own topics cannot be read: the worker stops
├── OutputTooLargeError          a comment's prediction does not fit a Kafka record: it is dead-lettered
├── ClassifierError
│   ├── ClassifierUnavailableError    no answer, or "not now": tried again
│   │   └── ClassifierFailedError          it took the request and failed on it: a smaller one may pass
│   ├── ClassifierRefusedError        the service says the request is wrong (4xx)
│   └── ClassifierAnswerError         an answer that cannot be trusted: wrong count, not a probability
├── NotWantedError               the worker stops or its partitions move: the batch is given back
├── MembershipError              its consumer group has an error for the worker: it ends
└── PublishError                 the broker does not have every output of a batch: the worker stops
"""

from collections.abc import Sequence
from pathlib import Path


class PipelineError(Exception):
    """Base of the worker's errors."""

    retriable = False
    """Whether the same call may succeed when made again later."""


class SettingsError(PipelineError):
    """A setting is missing, wrong, or overridden in a way that would break a promise."""


class ConnectionFaultError(SettingsError):
    """Kafka cannot be connected to in the way that is set, and waiting would not change it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"no connection to Kafka: {sentence}")


class KafkaCredentialsError(SettingsError, OSError):
    """A file that a connection to Kafka needs cannot be used.

    An `OSError` too: it is one that came of a file that was there before, and to Kafka's clients it is a
    connection that failed.
    """

    def __init__(self, setting: str, path: Path | None, reason: str) -> None:
        where = setting if path is None else f"{setting}={path}"
        super().__init__(f"{where}: {reason}")


class UnknownThresholdError(SettingsError):
    """The model that the service has now gives no threshold the name that is asked for."""

    def __init__(self, url: str, name: str, known: Sequence[str]) -> None:
        has = f"it has {', '.join(known)}: use one of these, or" if known else "it has none: use"
        super().__init__(
            f"MOD_MODERATION_THRESHOLD={name}: the model at {url} has no threshold of that name; {has} "
            "a number from 0 to 1"
        )


class NamelessServiceError(SettingsError):
    """The service does not know thresholds by names, as an older one."""

    def __init__(self, url: str, name: str, what: str) -> None:
        super().__init__(
            f"MOD_MODERATION_THRESHOLD={name}: the model service at {url} does not know thresholds by their "
            f"names ({what}): use a number from 0 to 1, or a newer service"
        )


class NotAllowedError(PipelineError):
    """Kafka does not let this client do what it has to."""

    def __init__(self, cluster: str, who: str, what: str) -> None:
        super().__init__(
            f"{who or 'this client'} is not allowed by {cluster} to {what}: "
            "docs/security.md says which rights each program needs, and how to give them"
        )


class NotStartedError(PipelineError):
    """What the worker needs was not there in time."""

    def __init__(self, wrong: str, waited_s: float) -> None:
        super().__init__(f"not started within {waited_s:g} s: {wrong}")


class InvalidCommentError(PipelineError):
    """A record of the comment topic is not a comment."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a comment: {reason}")


class InvalidPartialError(PipelineError):
    """A record of the topic of partial windows is not one."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a partial window: {reason}")


class StateError(PipelineError):
    """A partition of the worker's own topics could not be read to its end."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where} cannot be read: {reason}")


class CommentTooLargeError(PipelineError):
    """A comment is longer than the service is asked for."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"the record has {size:,} bytes; MOD_COMMENT_MAX_BYTES allows {limit:,}")


class OutputTooLargeError(PipelineError):
    """What would be published of a comment does not fit into a Kafka record."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"its output would have {size:,} bytes; at most {limit:,} fit")


class ClassifierError(PipelineError):
    """The classifier gave no usable answer."""

    attempts = 1
    """How often the call was made."""


class ClassifierUnavailableError(ClassifierError):
    """The classifier did not answer, or said that it cannot answer now."""

    retriable = True

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no answer from {url}: {reason}")


class ClassifierFailedError(ClassifierUnavailableError):
    """The classifier took the request, and ran out of time or failed on it; a smaller request may pass."""


class ClassifierRefusedError(ClassifierError):
    """The classifier answered that the request itself is wrong."""

    def __init__(self, url: str, status: int, reason: str) -> None:
        super().__init__(f"{url} refused the request with {status}: {reason}")
        self.status = status


class ClassifierAnswerError(ClassifierError):
    """The classifier answered something that is not one probability for each text.

    Retriable: a service that is being replaced, or a proxy in front of it, answers such things for a while.
    """

    retriable = True

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} answered with {reason}")


class NotWantedError(PipelineError):
    """There is no answer yet, and the worker stops or its partitions move."""

    def __init__(self, comments: int, last: Exception) -> None:
        super().__init__(f"gave {comments} comments back: {last}")


class MembershipError(PipelineError):
    """The consumer group answered with an error after which aiokafka does not try to join it again."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the consumer group has an error that this worker does not get over: {reason}")


class PublishError(PipelineError):
    """The broker did not confirm every output of a batch; none of its comments is acknowledged."""

    def __init__(self, outputs: int, reason: str) -> None:
        super().__init__(f"the broker did not confirm all of {outputs} outputs: {reason}")
