"""Comments that come all the time: written now, but for those that are late, or no comments."""

import threading
import time
from collections.abc import Iterator
from itertools import count, cycle

import msgspec

from modstream.replay import FixedRate, Outgoing, replay
from training.sample import generate

DIFFERENT = 2_000
LATE_BY_S = 3_600.0
LATE_EVERY = 10
INVALID_EVERY = 30


class Load(threading.Thread):
    """Sends comments until it is stopped."""

    def __init__(self, bootstrap: str, topic: str, rate: float) -> None:
        super().__init__(daemon=True)
        self._where = (bootstrap, topic)
        self._rate = rate
        self._enough = threading.Event()

    def run(self) -> None:
        replay(comments(), *self._where, FixedRate(self._rate), should_stop=self._enough.is_set)

    def stop(self) -> None:
        self._enough.set()
        self.join()


def comments() -> Iterator[Outgoing]:
    """Yield synthetic comments without an end; some are late, some are no comments."""
    rows = [msgspec.to_builtins(each) for each in generate(DIFFERENT, seed=8)]
    for number, row in zip(count(), cycle(rows), strict=False):
        yield _outgoing(number, row)


def equal_comments(number: int) -> Iterator[Outgoing]:
    """Yield so many comments with the same words."""
    for each in range(number):
        yield _outgoing(each + 1, {"body": "Thanks, that is what I was looking for."}, "equal")


def _outgoing(number: int, fields: dict[str, object], kind: str = "load") -> Outgoing:
    name = f"{kind}-{number}"
    if number % INVALID_EVERY == 0:
        return Outgoing(name, b"{", name)
    written_s = time.time() - (LATE_BY_S if number % LATE_EVERY == 1 else 0.0)
    value = {**fields, "id": name, "created_utc": round(written_s, 3)}
    return Outgoing(name, msgspec.json.encode(value), name)
