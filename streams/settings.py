"""What the stream worker reads from its environment."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from streams.kafka_cluster import Cluster
from streams.kafka_settings import KafkaSettings
from streams.windows import WindowSpec

type Threshold = float | str
"""What a probability has to exceed to raise an alert: a number, or the model's name for one."""

type LogFormat = Literal["console", "json"]

type Decisions = Literal["dead-letters", "alerts", "all"]
"""Some of the decisions; each choice includes those before it."""

THRESHOLD_NAME = re.compile(r"[a-z][a-z0-9-]*")

CLASSIFIER_SCHEMES = ("http", "https", "grpc", "inprocess")


LONGEST_WINDOW_S = 366 * 86_400
MOST_STEPS = 1_000
"""Windows that one comment may be in."""


class StreamSettings(KafkaSettings):
    """Everything the stream worker reads from its environment; each name there starts with `MOD_`."""

    kafka_bootstrap: str = "127.0.0.1:9092"
    """Brokers to start from, `host:port` separated by commas."""

    topic_prefix: str = ""
    """Put before every topic's name, so that several pipelines can share a cluster."""

    group_id: str = "modstream"
    """Consumer group of the workers; the prefix goes before it too."""

    classifier_url: str = "http://127.0.0.1:9000"
    """The model service: `http://host:port` (REST), `grpc://host:port`; `inprocess:`: beside the worker."""

    model_processes: PositiveInt = 1
    """With `inprocess:`, how many processes the worker has for the model, each with a copy of its own."""

    classifier_timeout_s: PositiveFloat = 10.0
    """Time limit of one call to the model service, in seconds."""

    moderation_threshold: Threshold = 0.5
    """A probability strictly above it raises an alert: a number from 0 to 1, or a name that the model has."""

    reasons_per_alert: Annotated[int, Field(ge=0, le=100)] = 5
    """How many reasons an alert names at the most."""

    batch_size: PositiveInt = 1_024
    """Comments in one call to the model service, at the most."""

    batches_in_flight: PositiveInt = 4
    """Batches that are worked on at once: some are scored, one is published, and the next wait already."""

    batch_wait_s: PositiveFloat = 0.05
    """How long a batch that is not full waits for others in work, in seconds; alone it waits for nothing."""

    batch_max_bytes: PositiveInt = 512 * 1024
    """Bytes of comments in one call to the model service; a larger comment makes a call of its own."""

    comment_max_bytes: PositiveInt = 256 * 1024
    """A longer record is dead-lettered instead of scored; Reddit's longest comments have a sixth of this."""

    retry_wait_s: PositiveFloat = 0.2
    """Pause before the first retry of a call that failed, in seconds; it doubles with each further one."""

    retry_max_wait_s: PositiveFloat = 5.0
    """The longest pause between two retries, in seconds."""

    retry_budget_s: PositiveFloat = 15.0
    """After failures alone for so long no more comments are fetched until the service answers, in seconds."""

    attempts_per_comment: PositiveInt = 6
    """Calls for one comment, on which a service that answers others fails, before it is dead-lettered."""

    window_size_s: Annotated[int, Field(ge=1, le=LONGEST_WINDOW_S)] = 60
    """Length of the windows of the statistics, in whole seconds of event time."""

    window_step_s: Annotated[int, Field(ge=0, validate_default=True)] = 0
    """Seconds from one window's start to the next one's: a divisor of the size; 0: windows do not overlap."""

    allowed_lateness_s: NonNegativeFloat = 60.0
    """How far a comment may be behind the newest of its partition and still count, in seconds."""

    max_ahead_s: PositiveFloat = 3_600.0
    """A comment whose time is further ahead of its Kafka timestamp counts in no window, in seconds."""

    window_update_s: NonNegativeFloat = 10.0
    """How often windows that are still open are published, in seconds; 0: only final ones are."""

    idle_after_s: PositiveFloat = 60.0
    """Windows wait no longer for a partition that is read to its end and has been silent for so long."""

    start_within_s: PositiveFloat = 120.0
    """How long a starting worker waits for the broker and the topics, in seconds."""

    stop_within_s: PositiveFloat = 8.0
    """How long a stop or a rebalance waits for the batches in hand before giving them back, in seconds."""

    publish_timeout_s: PositiveFloat = 120.0
    """How long the broker has to confirm a batch's outputs before the worker stops, in seconds."""

    instance_id: str = ""
    """A name that is this worker's alone and stays over restarts: a restart then does not stop the others."""

    stuck_after_s: PositiveFloat = 180.0
    """`/livez` fails when comments wait and none was finished for so long, in seconds."""

    web_host: str = "127.0.0.1"
    """Address that the worker's web server binds to."""

    web_port: Annotated[int, Field(ge=0, le=65535)] = 6066
    """Port of the worker's web server; each worker on a machine needs its own."""

    log_format: LogFormat = "console"
    """How the log looks: `console` for people, `json` for programs, one object in each line."""

    log_decisions: Decisions = "alerts"
    """Which decisions have a line in the log: `dead-letters`, `alerts` and those, or `all`."""

    @field_validator("moderation_threshold", mode="before")
    @classmethod
    def _is_a_threshold(cls, given: Any) -> Threshold:
        return parse_threshold(given)

    @field_validator("classifier_url")
    @classmethod
    def _names_a_classifier(cls, url: str) -> str:
        scheme, separator, rest = url.partition(":")
        if (
            not separator
            or scheme not in CLASSIFIER_SCHEMES
            or (scheme != "inprocess" and not rest.strip("/"))
        ):
            raise ValueError("use http://host:port, https://host:port, grpc://host:port or inprocess:")
        return url

    @field_validator("window_step_s")
    @classmethod
    def _divides_the_window(cls, step_s: int, info: ValidationInfo) -> int:
        size_s = info.data.get("window_size_s", 0)
        if step_s and size_s and (size_s % step_s or size_s // step_s > MOST_STEPS):
            raise ValueError(
                f"use a divisor of the window's {size_s} s, at least a {MOST_STEPS:,}th of it; 0 for windows "
                "that do not overlap"
            )
        return step_s

    @property
    def windows(self) -> WindowSpec:
        """Return how time is cut into windows."""
        return WindowSpec(
            self.window_size_s, self.window_step_s or self.window_size_s, self.allowed_lateness_s
        )

    @property
    def cluster(self) -> Cluster:
        """Return the cluster that the worker connects to."""
        return Cluster(self.kafka_bootstrap, self.security)

    @property
    def consumer_group(self) -> str:
        """Return the consumer group as the cluster knows it."""
        return f"{self.topic_prefix}{self.group_id}"


def parse_threshold(given: Any) -> Threshold:
    """Return a threshold as it was written: a number from 0 to 1, or a name; the model knows which it has.

    Raises:
        ValueError: If it is neither.
    """
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        if isinstance(given, str) and THRESHOLD_NAME.fullmatch(given):
            return given
    else:
        if 0.0 <= number <= 1.0:  # false for NaN as well
            return number
    raise ValueError("use a number from 0 to 1, or a name that the model has for one, such as balanced")


def what_is_wrong(error: ValidationError) -> str:
    """Return what is wrong with the settings, naming each by its environment variable."""
    return "; ".join(map(_told, error.errors()))


def _told(wrong: ErrorDetails) -> str:
    message = wrong["msg"].removeprefix("Value error, ")
    if not wrong["loc"]:  # several settings together: the message names them, the input is all of them
        return message
    name = "_".join(map(str, wrong["loc"])).upper()
    return f"MOD_{name}: {message}" if "PASSWORD" in name else f"MOD_{name}={wrong['input']}: {message}"
