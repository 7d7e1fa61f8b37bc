"""Accounting for every comment: what became of each record of the input topic."""

from modstream.verify.verdict import Offender, Verdict
from streams.topics import Topics

__all__ = ["Offender", "Verdict", "verify"]


def verify(bootstrap: str, topics: Topics, threshold: float, wait_s: float = 0.0) -> Verdict:
    """Return what became of every comment that is on the input topic when this is called.

    Args:
        bootstrap: Brokers to start from, `host:port` separated by commas.
        topics: The pipeline's topics.
        threshold: The worker's threshold: a probability strictly above it must have its alert.
        wait_s: How long to wait for outcomes that a worker has yet to publish, in seconds.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If one of the topics does not exist.
        ReadingStalledError: If the broker stops giving records.
    """
    import asyncio

    from modstream.cluster import require_broker
    from modstream.verify.audit import audit_once

    require_broker(bootstrap)
    return asyncio.run(audit_once(bootstrap, topics, threshold, wait_s=wait_s))
