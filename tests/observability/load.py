"""Comments that come all the time: written now, but for those that are late, or no comments."""

import threading
import time
from collections.abc import Iterator, Mapping
from itertools import count, cycle

import msgspec

from modstream.replay import FixedRate, Outgoing, replay
from streams.kafka_cluster import Cluster
from training.sample import generate

DIFFERENT = 2_000
LATE_BY_S = 3_600.0
LATE_EVERY = 10
INVALID_EVERY = 30


class Load(threading.Thread):
    """Sends comments until it is stopped."""

    def __init__(self, cluster: Cluster, topic: str, rate: float) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._topic = topic
        self._rate = rate
        self._enough = threading.Event()
        self.stands_at_s: float | None = None
        """The time that comments tell; None for the time of their sending."""

    def run(self) -> None:
        replay(
            self._comments(),
            self._cluster,
            self._topic,
            FixedRate(self._rate),
            should_stop=self._enough.is_set,
        )

    def stop(self) -> None:
        self._enough.set()
        self.join()

    def _comments(self) -> Iterator[Outgoing]:
        """Yield synthetic comments without an end; some are late, some are no comments."""
        rows = [msgspec.to_builtins(each) for each in generate(DIFFERENT, seed=8)]
        for number, row in zip(count(), cycle(rows), strict=False):
            if number % INVALID_EVERY == 0:
                yield Outgoing(f"load-{number}", b"{", "load")
            else:
                written_s = self.stands_at_s or time.time()
                late_by_s = LATE_BY_S if number % LATE_EVERY == 1 else 0.0
                yield _comment(f"load-{number}", row, written_s - late_by_s)


def equal_comments(number: int) -> Iterator[Outgoing]:
    """Yield so many comments with the same words, which raise no alert."""
    for each in range(number):
        yield _comment(f"equal-{each}", {"body": "Thanks, that is what I was looking for."}, time.time())


def _comment(name: str, fields: Mapping[str, object], written_s: float) -> Outgoing:
    value = {**fields, "id": name, "created_utc": round(written_s, 3)}
    return Outgoing(name, msgspec.json.encode(value), name)
