"""What is read of a topic, and that nothing is missed, on a source in memory."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from modstream.verify.errors import ReadingFailedError
from modstream.windows import reading
from modstream.windows.reading import CLOCKS_APART_S, WindowReading
from modstream.windows.statistics import NewestWindows, Row
from streams.kafka_cluster import Cluster
from tests.modstream.windows.examples import START_S, make_stats, value

TOPIC = "stats"
AHEAD_S = 3_600.0
DEADLINE_S = 10.0
TAIL = 5


class Record(NamedTuple):
    timestamp_s: float
    value: bytes | None

    @property
    def timestamp(self) -> int:
        """Return it as Kafka's clients do, in milliseconds; -1 for none."""
        return int(self.timestamp_s * 1_000)


class SourceInMemory:
    """Has the offsets and gives the records of some logs, and counts what it gives."""

    def __init__(self, *logs: list[Record]) -> None:
        self.logs = {(TOPIC, number): log for number, log in enumerate(logs)}
        self.given = 0

    def partitions(self, topic: str) -> list[tuple[str, int]]:
        return [where for where in self.logs if where[0] == topic]

    async def starts(self, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return dict.fromkeys(partitions, 0)

    async def ends(self, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return {where: len(self.logs[where]) for where in partitions}

    async def offsets_at(self, times_ms: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        return {
            where: offset
            for where, at_ms in times_ms.items()
            for offset in [
                next(
                    (n for n, each in enumerate(self.logs[where]) if each.timestamp_s * 1_000 >= at_ms), None
                )
            ]
            if offset is not None
        }

    async def read(
        self, stretches: Mapping[tuple[str, int], tuple[int, int]], observe: Callable[[Any], None]
    ) -> None:
        for where, (start, end) in stretches.items():
            for record in self.logs[where][start:end]:
                self.given += 1
                observe(record)


@pytest.fixture(autouse=True)
def short_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TAIL", TAIL)


def started(source: SourceInMemory, newest: NewestWindows) -> WindowReading:
    found = WindowReading(source, TOPIC, newest, lambda count: None)  # type: ignore[arg-type]
    asyncio.run(found.begin(AHEAD_S))
    return found


def test_of_a_long_live_topic_only_the_end_is_read() -> None:
    log = [Record(START_S + minute * 60, value(minute)) for minute in range(10_000)]
    source, newest = SourceInMemory(log, []), NewestWindows(3)
    started(source, newest)
    assert [row.stats for row in newest.rows()] == [make_stats(minute) for minute in (9_999, 9_998, 9_997)]
    assert source.given <= (AHEAD_S + CLOCKS_APART_S) / 60 + 4


def test_windows_of_old_comments_are_found_wherever_they_are() -> None:
    log = [
        Record(START_S + 10**8 + minute, value(minute)) for minute in random.Random(3).sample(range(900), 900)
    ]
    newest = NewestWindows(3)
    started(SourceInMemory(log), newest)
    assert [row.stats for row in newest.rows()] == [make_stats(minute) for minute in (899, 898, 897)]


def test_an_early_revision_is_read_too() -> None:
    log = [Record(START_S, value(0, count=9)), *[Record(START_S + 60, value(0, revision=2))] * 20]
    newest = NewestWindows(1)
    started(SourceInMemory(log), newest)
    assert [row.revised for row in newest.rows()] == [True]


@pytest.mark.parametrize("seed", range(30))
def test_what_is_read_is_what_all_of_the_topic_leads_to(seed: int) -> None:
    """Comments ahead of time and clocks apart, as far as is allowed; windows told again much later."""
    chance = random.Random(seed)
    logs: list[list[Record]] = [[], []]
    for revision in range(600):
        now_s = START_S + revision * 60
        minute = revision + chance.choice([0, -1, -2, -chance.randrange(300), int(AHEAD_S // 60)])
        apart_s = chance.uniform(-CLOCKS_APART_S, CLOCKS_APART_S) if chance.random() < 0.1 else 0.0
        stats = value(minute, revision=revision, final=chance.random() < 0.5)
        logs[minute % 2].append(Record(now_s + apart_s, stats))
    everything, newest = NewestWindows(4), NewestWindows(4)
    for log in logs:
        for record in log:
            everything.observe(record.value)
    started(SourceInMemory(*logs), newest)
    assert newest.rows() == everything.rows()


def test_going_on_tells_each_row_that_changes_once() -> None:
    log = [Record(START_S, value(minute)) for minute in range(8)]
    newest = NewestWindows(2)
    source = SourceInMemory(log)
    found = started(source, newest)
    assert asyncio.run(found.go_on()) == []
    log += [Record(START_S, value(9, revision=revision, final=revision > 2)) for revision in (1, 2, 3)]
    log.append(Record(START_S, value(1, revision=9)))
    changed = asyncio.run(found.go_on())
    assert [row.stats for row in changed] == [make_stats(9, revision=3)]
    assert asyncio.run(found.go_on()) == []


class SourceThatGoesAway(SourceInMemory):
    """Answers requests for the ends of its log, or does not, as it is told; in the end it always does."""

    def __init__(self, log: list[Record], answers: list[bool]) -> None:
        super().__init__(log)
        self.answers = answers

    async def ends(self, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        if self.answers and not self.answers.pop(0):
            raise ReadingFailedError("there", "KafkaTimeoutError")
        return await super().ends(partitions)

    @asynccontextmanager
    async def connect(self, cluster: Cluster, topics: list[str]) -> AsyncIterator[SourceInMemory]:
        yield self


class Listener:
    """Remembers what following tells, and lets it end after so many changes or losses."""

    def __init__(self, source: SourceInMemory, *, changes: int = 99, losses: int = 99) -> None:
        self.changes: list[list[int]] = []
        self.losses = 0
        self._source = source
        self._enough = (changes, losses)

    def on_change(self, rows: Sequence[Row]) -> None:
        self.changes.append([(row.stats.window_start - START_S) // 60 for row in rows])

    def on_lost(self) -> None:
        """Count it; while nobody listens a window comes."""
        self.losses += 1
        self._source.logs[TOPIC, 0].append(Record(START_S, value(self.losses)))

    def has_enough(self) -> bool:
        changes, losses = self._enough
        return len(self.changes) >= changes or self.losses >= losses

    async def follow(self) -> None:
        newest = NewestWindows(9)
        following = reading.follow(
            Cluster("there"), TOPIC, newest, AHEAD_S,
            should_stop=self.has_enough, on_change=self.on_change, on_lost=self.on_lost,
        )  # fmt: skip
        await asyncio.wait_for(following, DEADLINE_S)


async def test_following_goes_on_when_the_broker_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TRY_AGAIN_S", 0.0)
    monkeypatch.setattr(reading, "PAUSE_S", 0.0)
    source = SourceThatGoesAway([Record(START_S, value(0))], [True, True, False, False, False, True, False])
    monkeypatch.setattr(reading, "reader", source.connect)
    listener = Listener(source, changes=3)
    await listener.follow()
    assert listener.changes == [[], [1], [2]], "what came meanwhile is told"
    assert listener.losses == 2, "once each time"


async def test_following_is_stopped_while_the_broker_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TRY_AGAIN_S", 10 * DEADLINE_S)
    source = SourceThatGoesAway([], [True, False])
    monkeypatch.setattr(reading, "reader", source.connect)
    listener = Listener(source, losses=1)
    await listener.follow()
    assert listener.changes == [[]]


async def test_following_does_not_wait_for_a_broker_that_was_never_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = SourceThatGoesAway([], [False])
    monkeypatch.setattr(reading, "reader", source.connect)
    with pytest.raises(ReadingFailedError):
        await Listener(source).follow()


@pytest.mark.parametrize(
    ("timestamps_s", "as_of_s"),
    [([START_S, START_S + 0.5], START_S + 0.5), ([-0.001], None)],
    ids=["the-newest", "without"],
)
def test_records_tell_how_new_the_statistics_are(timestamps_s: list[float], as_of_s: float | None) -> None:
    newest = NewestWindows(2)
    started(SourceInMemory([Record(at_s, value()) for at_s in timestamps_s]), newest)
    assert newest.as_of_s == as_of_s


def test_an_empty_topic_has_no_windows() -> None:
    newest = NewestWindows(2)
    started(SourceInMemory([], []), newest)
    assert newest.rows() == []
