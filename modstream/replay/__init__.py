"""Replaying comments from files onto the stream, at a chosen pace."""

import time
from collections.abc import Callable, Iterable

from modstream.replay.comments import Outgoing
from modstream.replay.pacing import AsFastAsPossible, FixedRate, Pace, Pacer, SpedUp
from modstream.replay.report import Failure, ReplayReport
from streams.kafka_cluster import Cluster

__all__ = [
    "AsFastAsPossible",
    "Failure",
    "FixedRate",
    "Outgoing",
    "Pace",
    "ReplayReport",
    "SpedUp",
    "replay",
]

FINISH_WITHIN_S = 35.0
"""How long the last comments have to be confirmed; longer than the producer tries, in seconds."""

STOP_WITHIN_S = 5.0
"""The same when the user asked to stop, in seconds."""


def replay(
    comments: Iterable[Outgoing],
    cluster: Cluster,
    topic: str,
    pace: Pace,
    *,
    on_sent: Callable[[int], None] = lambda count: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ReplayReport:
    """Send comments to a topic, and return when each is confirmed or refused.

    1. Wait until a comment is due. 2. Send it as soon as there is room. 3. At the end, or when asked to stop,
    wait for the confirmations. A comment that is refused is in the report and stops nothing.

    Args:
        comments: Read one after the other, never all at once.
        cluster: Where to connect.
        topic: Where to; it must exist.
        pace: When each comment is due.
        on_sent: Called on this thread with each further number of confirmed comments.
        should_stop: Asked often; once it says yes no further comment is sent.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If the topic does not exist.
        NoEventTimeError: If the pace follows the comments' times and one has none.
    """
    from modstream.replay.producer import producing
    from modstream.replay.sender import Sender

    with producing(cluster, topic) as producer:
        sender = Sender[Failure](producer, topic)
        pacer = Pacer(pace, time.monotonic, time.sleep)
        started_s = time.monotonic()
        told = 0
        for comment in comments:
            if not (pacer.wait_for(comment, should_stop) and sender.send(comment, should_stop)):  # 1. 2.
                break
            if sender.sent > told:
                on_sent(sender.sent - told)
                told = sender.sent
        sender.finish(STOP_WITHIN_S if should_stop() else FINISH_WITHIN_S)  # 3.
        seconds = time.monotonic() - started_s
        on_sent(sender.sent - told)
    return ReplayReport(
        sent=sender.sent,
        failed=sender.failed,
        seconds=seconds,
        rate=sender.sent / seconds if seconds else 0.0,
        failures=tuple(sender.failures),
    )
