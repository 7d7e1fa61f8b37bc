from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from kafka.errors import MessageSizeTooLargeError, NotLeaderForPartitionError
from kafka.future import Future

from modstream.dlq.catalogue import Case
from modstream.dlq.letters import Failure, Letter, Resubmission, read_letter
from modstream.dlq.resubmitting import FETCHED_BYTES, FETCHED_LETTERS, plan, portions
from modstream.replay.report import FAILURES_NAMED
from modstream.replay.sender import Sender
from tests.modstream.dlq.examples import make_letter, make_source


def make_case(offset: int = 7, *, recovered: bool = False, obstacle: str | None = None) -> Case:
    return Case(read_letter(make_letter(make_source(offset=offset))), 1, recovered, obstacle)


def make_resubmission(value: bytes | None = b"v", event_id: str = "reddit_stream:2:7") -> Resubmission:
    return Resubmission(event_id, 2, b"k", value, [("modstream.event_id", event_id.encode())])


def offsets(letters: tuple[Letter, ...] | list[Letter]) -> list[int]:
    return [letter.source.offset for letter in letters]


@pytest.mark.parametrize(
    ("limit", "chosen", "beyond"),
    [
        pytest.param(None, [1, 4], 0, id="no-limit"),
        pytest.param(1, [1], 1, id="fewer"),
        pytest.param(2, [1, 4], 0, id="as-many"),
        pytest.param(9, [1, 4], 0, id="more"),
    ],
)
def test_plan_sends_what_is_replayable_and_says_why_not_the_rest(
    limit: int | None, chosen: list[int], beyond: int
) -> None:
    cases = [
        make_case(1),
        make_case(2, recovered=True),
        make_case(3, obstacle="too large"),
        make_case(4),
        make_case(5, recovered=True, obstacle="too large"),
    ]
    planned = plan(cases, limit)
    assert offsets(planned.chosen) == chosen
    assert (planned.recovered, planned.not_replayable, planned.beyond_limit) == (2, 1, beyond)
    assert [(each.event_id, each.reason) for each in planned.obstacles] == [
        ("reddit_stream:2:3", "too large")
    ]


def test_plan_of_nothing_is_nothing() -> None:
    assert plan([]).chosen == ()


def test_plan_names_only_some_obstacles() -> None:
    planned = plan(make_case(offset, obstacle="x") for offset in range(1_000))
    assert (planned.not_replayable, len(planned.obstacles)) == (1_000, FAILURES_NAMED)


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [
        pytest.param([], [], id="none"),
        pytest.param([1], [1], id="one"),
        pytest.param([1] * (FETCHED_LETTERS + 1), [FETCHED_LETTERS, 1], id="many-small"),
        pytest.param([FETCHED_BYTES // 2] * 3, [2, 1], id="large"),
        pytest.param([2 * FETCHED_BYTES, 1, 2 * FETCHED_BYTES], [1, 1, 1], id="larger-than-a-portion"),
    ],
)
def test_portions_fit_into_memory_and_leave_nothing_out(sizes: list[int], lengths: list[int]) -> None:
    letter = read_letter(make_letter())
    letters = [msgspec.structs.replace(letter, size=size, attempts=n) for n, size in enumerate(sizes)]
    found = list(portions(letters))
    assert [len(portion) for portion in found] == lengths
    assert [each for portion in found for each in portion] == letters


def confirmed() -> Future:
    return Future().success("metadata")


class FakeProducer:
    """Gives the futures it was made with, one after the other; an error in their place is raised."""

    def __init__(self, *futures: Future | Exception) -> None:
        self._futures: Iterator[Future | Exception] = iter(futures)
        self.records: list[dict[str, Any]] = []

    def send(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        headers: list[tuple[str, bytes]],
        partition: int | None,
    ) -> Future:
        future = next(self._futures, None) or confirmed()
        if isinstance(future, Exception):
            raise future
        self.records.append({"partition": partition, "key": key, "value": value, "headers": headers})
        return future


def never() -> bool:
    return False


def test_record_goes_to_its_partition_with_its_bytes_and_headers() -> None:
    producer = FakeProducer()
    sender = Sender[Failure](producer, "t")
    assert sender.send(make_resubmission(value=None), never)
    sender.finish(1.0)
    assert producer.records == [
        {
            "partition": 2,
            "key": b"k",
            "value": None,
            "headers": [("modstream.event_id", b"reddit_stream:2:7")],
        }
    ]
    assert (sender.sent, sender.failed) == (1, 0)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(MessageSizeTooLargeError("too large"), id="by-the-client"),
        pytest.param(Future().failure(NotLeaderForPartitionError("moved")), id="by-the-broker"),
    ],
)
def test_what_is_refused_is_named_and_stops_nothing(refusal: Future | Exception) -> None:
    sender = Sender[Failure](FakeProducer(confirmed(), refusal, confirmed()), "t")
    for number in range(3):
        assert sender.send(make_resubmission(event_id=f"t:0:{number}"), never)
    sender.finish(1.0)
    assert (sender.sent, sender.failed) == (2, 1)
    assert [each.event_id for each in sender.failures] == ["t:0:1"]


def test_what_is_not_confirmed_in_the_end_has_failed() -> None:
    sender = Sender[Failure](FakeProducer(Future()), "t")
    sender.send(make_resubmission(), never)
    sender.finish(0.0)
    assert (sender.sent, sender.failed) == (0, 1)


def test_only_so_much_is_unconfirmed_at_a_time() -> None:
    first = Future()
    producer = FakeProducer(first, Future())
    sender = Sender[Failure](producer, "t", limit_bytes=2_000)
    assert sender.send(make_resubmission(b"x" * 5_000), never)  # alone, though it is larger
    asked = iter([False, False, True])

    def confirm_when_asked_again() -> bool:
        if next(asked):
            first.success("metadata")
        return False

    assert sender.send(make_resubmission(), confirm_when_asked_again)
    assert first.is_done
    assert sender.sent == 1


def test_waiting_for_room_ends_when_asked_to_stop() -> None:
    producer = FakeProducer(Future())
    sender = Sender[Failure](producer, "t", limit_bytes=1)
    assert sender.send(make_resubmission(), never)
    assert not sender.send(make_resubmission(), lambda: True)
    assert len(producer.records) == 1
