"""Sends a load: each comment at its time, waiting neither for outputs nor for the broker.

Time counts from when a comment should have been sent, which goes into its `created_utc`: if the sender is
held up, the comments that come late for it are late for the contender as well, and the sender says so.

    python -m benchmarks.harness.sender

It runs in the peers' environment: librdkafka sends from a thread of its own. Its last line is JSON.
"""

import gc
import time
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.harness.comments import BenchComment, comments
from benchmarks.harness.load import BEHIND_MS, Load, Sent

LEAD_S = 0.5
"""From the start to the first comment."""

PAUSE_S = 0.001
"""The shortest sleep: comments that are due within it go together, so that a sender is cheap."""

BROKER_HAS_S = 60.0
"""To take what was sent."""

AT_ONCE_PER_S = 1_000.0
KAFKAS_LINGER_MS = 5
"""The default of Kafka's own producer, from 4.0 on, and of librdkafka."""

MILLI = 1e3


def send(
    load: Load,
    drawn: Iterable[BenchComment],
    produce: Callable[[str, bytes], None],
    began_s: float,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> "array[float]":
    """Send every comment at its time; return by how much after it each was sent, in seconds.

    Args:
        load: Says when each is due.
        drawn: The comments; their `created_utc` is replaced by the time at which each is due.
        produce: Takes id and bytes, and returns at once.
        began_s: When the first is due, seconds since the epoch.
        clock: Seconds since the epoch.
        sleep: Waits for seconds.
    """
    encode = msgspec.json.Encoder().encode
    late_s = array("d")
    for number, comment in enumerate(drawn):
        due_s = load.due_s(began_s, number)
        now_s = clock()
        while now_s < due_s:
            sleep(max(due_s - now_s, PAUSE_S))
            now_s = clock()
        late_s.append(now_s - due_s)
        produce(comment.id, encode(BenchComment(comment.id, comment.body, comment.subreddit, due_s)))
    return late_s


def said(began_s: float, late_s: "array[float]", refused: int) -> Sent:
    """Return what a sender says of its work."""
    ordered = sorted(late_s)
    return Sent(
        began_s=began_s,
        comments=len(ordered),
        refused=refused,
        late=sum(MILLI * each > BEHIND_MS for each in ordered),
        late_p99_ms=MILLI * ordered[-1 - len(ordered) // 100],
        late_max_ms=MILLI * ordered[-1],
    )


def linger_ms(per_s: float) -> int:
    """Return how long comments wait for others that go to the broker with them, in milliseconds.

    None as long as that is bearable; at higher loads the broker would spend 100 us on the requests for a
    comment, which nobody's producer asks of it.
    """
    return 0 if per_s <= AT_ONCE_PER_S else KAFKAS_LINGER_MS


def main() -> None:
    """Send this process's load, and say how it went."""
    from confluent_kafka import Producer

    load = Load.here()
    bodies = msgspec.json.decode(Path(load.bodies).read_bytes(), type=list[str])
    refused = 0

    def delivered(error: Any, message: Any) -> None:
        nonlocal refused
        refused += error is not None

    producer = Producer(
        {
            "bootstrap.servers": load.bootstrap,
            "linger.ms": linger_ms(load.per_s),
            "acks": 1,
            "partitioner": "murmur2_random",  # the same partitions as in the other benchmarks
            "queue.buffering.max.messages": 10_000_000,
            "queue.buffering.max.kbytes": 4_000_000,
            "delivery.report.only.error": True,
        }
    )

    def produce(key: str, value: bytes) -> None:
        producer.produce(load.topic, value, key, on_delivery=delivered)
        producer.poll(0)

    producer.list_topics(load.topic)  # connected, and knows the partitions, before the first is due
    gc.disable()  # its own pauses would be everyone's latency; there are no cycles to collect
    began_s = time.time() + LEAD_S
    late_s = send(load, comments(load.mix, load.count, bodies), produce, began_s)
    refused += producer.flush(BROKER_HAS_S)
    print(msgspec.json.encode(said(began_s, late_s, refused)).decode(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
