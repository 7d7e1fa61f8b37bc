"""What we ask a cluster through kafka-python's admin client, in our own words.

TopicAdminError            (a ModstreamError)
├── TopicRefusedError      the cluster does not create or delete a topic
└── ClusterRequestError    a request failed, or took too long
"""

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from modstream.cluster import require_broker
from modstream.errors import ModstreamError
from streams.errors import NotAllowedError
from streams.kafka_cluster import Cluster
from streams.topics import TopicSpec

REQUEST_TIMEOUT_MS = 15_000
POLL_S = 0.1

UNKNOWN_TOPIC = 3
"""Kafka's code of an error, as is the next."""

ALREADY_EXISTS = 36

NOT_ALLOWED = (29, 31)
"""Of a topic, or of the cluster, where the right to create topics may be."""

STABLE = "Stable"
"""Kafka's name for the state of a group whose members all have their partitions."""


class TopicAdminError(ModstreamError):
    """Base of the errors around topics."""


class TopicRefusedError(TopicAdminError):
    """The cluster does not do what was asked with a topic."""

    def __init__(self, action: str, topic: str, reason: str) -> None:
        super().__init__(f"the cluster does not {action} the topic {topic}: {reason}")


class ClusterRequestError(TopicAdminError):
    """A request to the cluster failed."""

    def __init__(self, bootstrap: str, reason: str) -> None:
        super().__init__(
            f"the cluster at {bootstrap} did not do what was asked ({reason}): "
            "see whether it is well with 'modstream kafka status', then try again"
        )


@dataclass(frozen=True)
class FoundTopic:
    """A topic as the cluster describes it."""

    partitions: int
    config: Mapping[str, str]


class ClusterAdmin:
    """An open connection for administration; get one from `connect`."""

    def __init__(self, client: Any, cluster: Cluster) -> None:
        self._client = client
        self._cluster = cluster

    def describe(self, names: Iterable[str]) -> dict[str, FoundTopic]:
        """Return those of the topics that exist, by name, with their whole configuration, defaults too."""
        from kafka.admin import ConfigResource, ConfigResourceType

        described = self._client.describe_topics(list(names))
        self._require_allowed("describe", described)
        partitions = {each["name"]: len(each["partitions"]) for each in described if each["error_code"] == 0}
        if not partitions:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in partitions]
        configs = self._client.describe_configs(resources, config_filter="all")["topic"]
        # kafka-python gives nothing for what it was refused, nor for what has been deleted meanwhile.
        unseen = self.existing(name for name in partitions if not configs[name])
        refused = [{"name": name, "error_code": NOT_ALLOWED[0]} for name in unseen]
        self._require_allowed("describe the configuration of", refused)
        return {
            name: FoundTopic(count, {key: str(entry["value"]) for key, entry in configs[name].items()})
            for name, count in partitions.items()
            if configs[name]
        }

    def existing(self, names: Iterable[str]) -> list[str]:
        """Return those of the topics that exist."""
        asked = list(names)
        described = self._client.describe_topics(asked) if asked else []
        self._require_allowed("describe", described)
        return [each["name"] for each in described if each["error_code"] == 0]

    def create(self, specs: Collection[TopicSpec]) -> set[str]:
        """Create topics with the cluster's own replication factor; return those which did not exist."""
        if not specs:
            return set()
        wanted = {
            spec.name: {
                "num_partitions": spec.partitions,
                "replication_factor": -1,
                "configs": dict(spec.config),
            }
            for spec in specs
        }
        answer = self._client.create_topics(wanted, raise_errors=False)
        self._require_allowed("create", answer["topics"])
        # Someone else may have created one since we looked.
        return _accept("create", answer["topics"], but=ALREADY_EXISTS)

    def wait_for_leaders(self, names: Iterable[str]) -> None:
        """Return when every partition of the topics can be written to."""
        self._client.wait_for_topics(list(names), timeout_ms=REQUEST_TIMEOUT_MS)

    def delete(self, names: Iterable[str]) -> list[str]:
        """Delete topics and return, once the cluster has forgotten them, those which were there."""
        existing = self.existing(names)
        if existing:
            answer = self._client.delete_topics(existing, raise_errors=False)
            self._require_allowed("delete", answer["topics"])
            _accept("delete", answer["topics"], but=UNKNOWN_TOPIC)
        deadline = time.monotonic() + REQUEST_TIMEOUT_MS / 1000
        while existing and (left := self.existing(existing)):
            if time.monotonic() > deadline:
                raise TopicRefusedError("delete", left[0], "it is still there")
            time.sleep(POLL_S)
        return existing

    def offsets_held(self, found: Mapping[str, FoundTopic]) -> dict[str, int]:
        """Return, for each topic, the offsets from the first one kept to the end, all partitions together."""
        from kafka import TopicPartition
        from kafka.admin import OffsetSpec

        partitions = [
            TopicPartition(name, n) for name, topic in found.items() for n in range(topic.partitions)
        ]
        held = dict.fromkeys(found, 0)
        if partitions:
            first = self._client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
            end = self._client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
            for each in partitions:
                held[each.topic] += end[each].offset - first[each].offset
        return held

    def _require_allowed(self, action: str, answers: Iterable[Mapping[str, Any]]) -> None:
        refused = sorted(each["name"] for each in answers if each["error_code"] in NOT_ALLOWED)
        if refused:
            raise not_allowed(self._cluster, f"{action} {', '.join(refused)}")

    def newest_timestamps(self, topics: Iterable[TopicSpec]) -> dict[str, float]:
        """Return the largest timestamp of each topic, seconds since the epoch; an empty one is left out."""
        from kafka import TopicPartition
        from kafka.admin import OffsetSpec

        newest: dict[str, float] = {}
        for topic in self._client.describe_topics([each.name for each in topics]):
            name = topic["name"]
            partitions = [TopicPartition(name, each["partition_index"]) for each in topic["partitions"]]
            found = self._client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.MAX_TIMESTAMP))
            stamps = [each.timestamp / 1_000.0 for each in found.values() if each.timestamp >= 0]
            if stamps:
                newest[name] = max(stamps)
        return newest

    def stable_members(self, group: str) -> int:
        """Return how many members a consumer group has once each knows its partitions, 0 before that."""
        from kafka.errors import KafkaError

        try:
            found = self._client.describe_groups([group])[group]
        except KafkaError as error:
            if getattr(error, "retriable", False):  # the coordinator itself is only starting
                return 0
            raise
        return len(found["members"]) if found["group_state"] == STABLE else 0


@contextmanager
def connect(cluster: Cluster) -> Iterator[ClusterAdmin]:
    """Yield a connection to a cluster; inside, its library's errors become ours.

    Raises:
        KafkaUnreachableError: If no broker answers.
        NotAllowedError: If the cluster does not allow something.
        ClusterRequestError: If a request fails.
    """
    require_broker(cluster)
    from kafka.admin import KafkaAdminClient

    with (
        in_our_words(cluster),
        KafkaAdminClient(
            **cluster.for_kafka_python(),
            client_id="modstream",
            bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        ) as client,
    ):
        yield ClusterAdmin(client, cluster)


@contextmanager
def in_our_words(cluster: Cluster) -> Iterator[None]:
    """Turn kafka-python's errors into ours, and let it print nothing.

    Raises:
        NotAllowedError: If the cluster does not allow something.
        ClusterRequestError: For any other of its errors.
    """
    from kafka.errors import AuthorizationError, KafkaError

    # It would tell the user of every broken connection; what matters is in our error.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        yield
    except AuthorizationError as error:
        raise not_allowed(cluster, f"do what was asked ({type(error).__name__})") from error
    except KafkaError as error:
        raise ClusterRequestError(cluster.bootstrap, str(error) or type(error).__name__) from error


def not_allowed(cluster: Cluster, what: str) -> NotAllowedError:
    """Return the error that says what a cluster does not allow."""
    return NotAllowedError(cluster.bootstrap, cluster.security.username, what)


def _accept(action: str, answers: Iterable[Mapping[str, Any]], but: int) -> set[str]:
    """Return the names of the topics it was done for; `but` is the error code that is as good."""
    from kafka.errors import for_code

    done = set()
    for each in answers:
        code = each["error_code"]
        if code not in (0, but):
            reason = each.get("error_message") or for_code(code).__name__
            raise TopicRefusedError(action, each["name"], reason)
        if code == 0:
            done.add(each["name"])
    return done
