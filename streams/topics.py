"""The topics of the pipeline: their names, and how each must be configured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

LARGE_RECORDS: Mapping[str, str] = MappingProxyType({"max.message.bytes": str(2 * 1024 * 1024)})
"""An output holds a whole comment and more, so it may be larger than the largest comment (Kafka's 1 MiB)."""

MAX_OUTPUT_BYTES = 2_000_000
"""Key, value and headers of an output, together; what Kafka adds to them stays below the topics' limit."""

DELETE: Mapping[str, str] = MappingProxyType({"cleanup.policy": "delete"})


NEWEST_ONLY: Mapping[str, str] = MappingProxyType(
    {
        "cleanup.policy": "compact",
        "segment.bytes": str(16 * 1024 * 1024),
        "min.cleanable.dirty.ratio": "0.1",
        "delete.retention.ms": str(3_600_000),
    }
)
"""Compacted early and often: a worker that takes a partition over reads what there is from the beginning."""


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it has to exist on the cluster."""

    name: str
    partitions: int
    purpose: str
    config: Mapping[str, str] = field(default_factory=dict)
    """Topic configuration that the pipeline relies on; everything else is the cluster's choice."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Topics:
    """Every topic of the pipeline; iterate to get their specifications."""

    comments: TopicSpec
    predictions: TopicSpec
    alerts: TopicSpec
    window_stats: TopicSpec
    dead_letters: TopicSpec
    late: TopicSpec
    window_partials: TopicSpec
    window_state: TopicSpec

    @classmethod
    def named(cls, prefix: str = "", partitions: int = 4) -> "Topics":
        """Return the pipeline's topics.

        Args:
            prefix: Put before every name, so that several pipelines share a cluster.
            partitions: Partition count of `reddit_stream` and of all that is partitioned alike, at least 1.
        """

        def spec(name: str, purpose: str, count: int = partitions, **config: Mapping[str, str]) -> TopicSpec:
            return TopicSpec(
                f"{prefix}{name}", count, purpose, {k: v for c in config.values() for k, v in c.items()}
            )

        return cls(
            comments=spec("reddit_stream", "comments to moderate", cleanup=DELETE),
            predictions=spec(
                "reddit_prediction", "one prediction a comment", cleanup=DELETE, size=LARGE_RECORDS
            ),
            alerts=spec(
                "reddit_mod_alert", "predictions above the threshold", cleanup=DELETE, size=LARGE_RECORDS
            ),
            window_stats=spec("reddit_window_stats", "statistics of windows", cleanup=DELETE),
            dead_letters=spec(
                "reddit_dead_letter", "records that could not be scored", cleanup=DELETE, size=LARGE_RECORDS
            ),
            late=spec("reddit_late", "comments that no window counts", cleanup=DELETE),
            window_partials=spec(
                "reddit_window_partial", "window counts of one partition", count=1, cleanup=NEWEST_ONLY
            ),
            window_state=spec("reddit_window_state", "open windows of one partition", cleanup=NEWEST_ONLY),
        )

    def __iter__(self) -> Iterator[TopicSpec]:
        return iter([getattr(self, each.name) for each in fields(self)])
