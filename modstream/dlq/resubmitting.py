"""Brings comments back: what was dead-lettered goes on the input topic again, under its first identity."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from modstream.dlq.catalogue import NOT_REPLAYABLE, RECOVERED, REPLAYABLE, Case
from modstream.dlq.letters import Failure, Letter, resubmission_of
from modstream.dlq.reading import fetch
from modstream.replay import FINISH_WITHIN_S, STOP_WITHIN_S
from modstream.replay.comments import Outgoing
from modstream.replay.pacing import Pace, Pacer
from modstream.replay.report import FAILURES_NAMED
from streams.kafka_cluster import Cluster

FETCHED_BYTES = 16 * 1024 * 1024
"""Bytes of letters that are fetched and held at a time; one larger letter is fetched alone."""

FETCHED_LETTERS = 5_000


class Plan(Struct, frozen=True):
    """Which dead letters a replay sends, and why it leaves the others."""

    chosen: tuple[Letter, ...]
    """What is sent, oldest first."""
    recovered: int
    """Events that have a prediction by now."""
    not_replayable: int
    obstacles: tuple[Failure, ...]
    """Why not, of the first of them."""
    beyond_limit: int


class Sent(Struct, frozen=True):
    """What became of a plan's letters."""

    sent: int
    """Records that the broker confirmed."""
    failed: int
    not_sent: int
    """Those that were not tried any more when the user asked to stop."""
    seconds: float
    failures: tuple[Failure, ...]
    """The first of the failed ones."""


def plan(cases: Iterable[Case], limit: int | None = None) -> Plan:
    """Return what to send of these events, in the order given.

    Args:
        cases: Events with dead letters.
        limit: Send no more than so many; None for all.
    """
    by_state: dict[str, list[Case]] = {RECOVERED: [], REPLAYABLE: [], NOT_REPLAYABLE: []}
    for case in cases:
        by_state[case.state].append(case)
    replayable, stuck = by_state[REPLAYABLE], by_state[NOT_REPLAYABLE]
    chosen = tuple(case.letter for case in replayable[:limit])
    return Plan(
        chosen=chosen,
        recovered=len(by_state[RECOVERED]),
        not_replayable=len(stuck),
        obstacles=tuple(
            Failure(each.letter.event_id, each.obstacle or "") for each in stuck[:FAILURES_NAMED]
        ),
        beyond_limit=len(replayable) - len(chosen),
    )


def portions(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Yield letters, in their order, in portions that fit into memory."""
    portion: list[Letter] = []
    size = 0
    for letter in letters:
        if portion and (size + letter.size > FETCHED_BYTES or len(portion) >= FETCHED_LETTERS):
            yield portion
            portion, size = [], 0
        portion.append(letter)
        size += letter.size
    if portion:
        yield portion


def resubmit(
    letters: Sequence[Letter],
    cluster: Cluster,
    topic: str,
    pace: Pace,
    *,
    on_sent: Callable[[int], None] = lambda count: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Sent:
    """Put letters' comments on the input topic again, and return when each is confirmed or refused.

    1. Fetch a portion of the letters. 2. Wait until each is due, and send it when there is room. 3. After the
    last, or when asked to stop, wait for the confirmations.

    Args:
        letters: Without obstacles.
        cluster: Where to connect.
        topic: The input topic.
        pace: When each is due.
        on_sent: Called with each further number of confirmed records.
        should_stop: Asked often; once it says yes no further letter is sent.

    Raises:
        KafkaUnreachableError: If no broker answers.
        TopicsMissingError: If a topic does not exist.
        ReadingStalledError: If the broker stops giving letters.
    """
    from modstream.replay.producer import producing
    from modstream.replay.sender import Sender

    with producing(cluster, topic) as producer:
        sender = Sender[Failure](producer, topic)
        pacer = Pacer(pace, time.monotonic, time.sleep)
        started_s = time.monotonic()
        tried = told = 0
        try:
            for letter, record in _fetched(cluster, letters):  # 1.
                if not pacer.wait_for(Outgoing(letter.event_id, b"", str(letter.place)), should_stop):  # 2.
                    break
                if record is None:
                    sender.fail(Failure(letter.event_id, "retention deleted its dead letter meanwhile"))
                elif not sender.send(resubmission_of(letter, record), should_stop):
                    break
                tried += 1
                on_sent(sender.sent - told)
                told = sender.sent
        finally:
            sender.finish(STOP_WITHIN_S if should_stop() else FINISH_WITHIN_S)  # 3.
        on_sent(sender.sent - told)
        seconds = time.monotonic() - started_s
    return Sent(sender.sent, sender.failed, len(letters) - tried, seconds, tuple(sender.failures))


def _fetched(cluster: Cluster, letters: Sequence[Letter]) -> Iterator[tuple[Letter, Any]]:
    """Yield letters with their records, None for one that is not there any more."""
    for portion in portions(letters):
        records = asyncio.run(fetch(cluster, [letter.place for letter in portion]))
        for letter in portion:
            yield letter, records.pop(letter.place, None)
