"""Accounting for every comment: what became of each record of the input topic."""

from modstream.verify.verdict import Offender, Verdict
from streams.kafka_cluster import Cluster
from streams.topics import Topics
from streams.windows import WindowSpec

__all__ = ["Offender", "Verdict", "verify"]


def verify(
    cluster: Cluster,
    topics: Topics,
    threshold: float,
    wait_s: float = 0.0,
    *,
    windows: WindowSpec | None = None,
    windows_too: bool = False,
) -> Verdict:
    """Return what became of every comment that is on the input topic when this is called.

    Args:
        cluster: Where to connect.
        topics: The pipeline's topics.
        threshold: The worker's threshold: a probability strictly above it must have its alert.
        wait_s: How long to wait for outcomes that a worker has yet to publish, in seconds.
        windows: How the worker cuts time into windows; None to leave windows out.
        windows_too: Whether to wait until every window is final.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If one of the topics does not exist.
        ReadingStalledError: If the broker stops giving records.
    """
    import asyncio

    from modstream.cluster import require_broker
    from modstream.verify.audit import audit_once

    require_broker(cluster)
    return asyncio.run(
        audit_once(cluster, topics, threshold, windows=windows, windows_too=windows_too, wait_s=wait_s)
    )
