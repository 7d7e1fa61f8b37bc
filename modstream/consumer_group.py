"""Whether the workers are in their consumer group and have their partitions."""

import time
from collections.abc import Callable

from modstream.errors import ModstreamError
from modstream.kafka_admin import connect
from streams.kafka_cluster import Cluster

POLL_S = 0.2


class WorkersNotReadyError(ModstreamError):
    """The workers did not join their group in time."""

    def __init__(self, group: str, waited_s: float, logs: str) -> None:
        super().__init__(
            f"the workers were not ready in the consumer group {group} within {waited_s:g} s; "
            f"see the logs in {logs}"
        )


def wait_until_stable(
    cluster: Cluster, group: str, members: int, timeout_s: float, *, logs: str, check: Callable[[], None]
) -> None:
    """Return when a group has so many members, and each knows its partitions.

    Args:
        cluster: Where to connect.
        group: The consumer group.
        members: How many workers it waits for.
        timeout_s: For how long, in seconds.
        logs: Where the workers' logs are, for the error.
        check: Called again and again meanwhile; it may raise.

    Raises:
        WorkersNotReadyError: If that takes too long.
    """
    deadline = time.monotonic() + timeout_s
    with connect(cluster) as admin:
        while admin.stable_members(group) < members:
            check()
            if time.monotonic() > deadline:
                raise WorkersNotReadyError(group, timeout_s, logs)
            time.sleep(POLL_S)
