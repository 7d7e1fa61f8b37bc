"""What the `modstream` command reads from the environment, whichever verb runs."""

from pathlib import Path

from pydantic import PositiveInt

from streams.kafka_settings import KafkaSettings
from streams.topics import Topics


class DoorSettings(KafkaSettings):
    """Where Kafka is and where the command keeps its files; each variable's name starts with `MOD_`."""

    kafka_bootstrap: str | None = None
    """Another cluster to use, `host:port` separated by commas; then no local Kafka is started."""

    topic_prefix: str = ""
    """Put before every topic's name, so that several pipelines can share a cluster."""

    topic_partitions: PositiveInt = 4
    """Partitions of `reddit_stream` and of the topics partitioned like it, when they are created."""

    cache_dir: Path = Path.home() / ".cache" / "modstream"
    """Downloaded files that can be had again, such as Kafka's jars."""

    state_dir: Path = Path.home() / ".local" / "state" / "modstream"
    """The local Kafka's data and logs, and the demos' run folders."""

    @property
    def topics(self) -> Topics:
        """Return the pipeline's topics under the configured prefix."""
        return Topics.named(self.topic_prefix, self.topic_partitions)
