"""Kafka's requests for what a client may do; aiokafka 0.14.0 has older versions, without the rights."""

from collections.abc import Collection
from typing import Any

from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.metadata import MetadataRequest_v5
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String


class TopicsResponse(Response):  # type: ignore[misc]  # aiokafka is untyped
    """The answer to it."""

    API_KEY = 3
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(("node_id", Int32), ("host", String()), ("port", Int32), ("rack", String())),
        ),
        ("cluster_id", String()),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", String()),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("authorized_operations", Int32),
            ),
        ),
        ("cluster_authorized_operations", Int32),
    )


class TopicsRequest_v8(RequestStruct):  # type: ignore[misc]  # noqa: N801  aiokafka's way of naming
    """The first version that tells what is allowed, of Kafka 2.3."""

    API_KEY = 3
    API_VERSION = 8
    RESPONSE_TYPE = TopicsResponse
    SCHEMA = Schema(
        ("topics", Array(String())),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class TopicsRequest(Request[MetadataRequest_v5 | TopicsRequest_v8]):  # type: ignore[misc]
    """Kafka's request for metadata, with what is allowed where the broker tells it (2.3 and later)."""

    API_KEY = 3

    def __init__(self, names: Collection[str]) -> None:
        self._names = list(names)

    def build(self, kind: Any) -> Any:
        """Return the request in the newest version that both sides know."""
        return kind(self._names, False, False, True) if kind is TopicsRequest_v8 else kind(self._names, False)


class DescribeGroup(DescribeGroupsRequest_v3):  # type: ignore[misc]  # aiokafka is untyped
    """The same with its own answer."""

    RESPONSE_TYPE = DescribeGroupsResponse_v3  # in aiokafka 0.14.0 an older one, without the rights


class GroupRequest(Request[DescribeGroup]):  # type: ignore[misc]  # aiokafka is untyped
    """Kafka's request for a group, with what is allowed."""

    API_KEY = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, kind: Any) -> Any:
        """Return the request."""
        return kind([self._group], True)
