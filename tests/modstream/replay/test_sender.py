import threading

from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from kafka.future import Future

from modstream.replay.comments import Outgoing
from modstream.replay.report import FAILURES_NAMED, Failure
from modstream.replay.sender import Sender


def comment(number: int, value: bytes = b"{}") -> Outgoing:
    return Outgoing(f"c{number}", value, f"comments.csv, line {number + 1}")


def never() -> bool:
    return False


Headers = list[tuple[str, bytes]]


class ConfirmingProducer:
    """Confirms each record at once."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes | None, bytes | None]] = []

    def send(
        self, topic: str, value: bytes | None, key: bytes | None, headers: Headers, partition: int | None
    ) -> Future:
        assert (headers, partition) == ([], None)
        self.records.append((topic, key, value))
        return Future().success("metadata")


class SilentProducer:
    """Takes records and confirms none until told to."""

    def __init__(self) -> None:
        self.futures: list[Future] = []

    def send(
        self, topic: str, value: bytes | None, key: bytes | None, headers: Headers, partition: int | None
    ) -> Future:
        self.futures.append(Future())
        return self.futures[-1]


class RefusingProducer:
    """Refuses every record in its buffer, as too large ones are."""

    def send(
        self, topic: str, value: bytes | None, key: bytes | None, headers: Headers, partition: int | None
    ) -> Future:
        raise MessageSizeTooLargeError("1100208 bytes")


class AskedNever:
    """A `should_stop` that says no, and lets others know that it was asked."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(self) -> bool:
        self.asked.set()
        return False


def test_records_carry_id_as_key_and_are_counted() -> None:
    producer = ConfirmingProducer()
    sender = Sender[Failure](producer, "comments")
    assert sender.send(Outgoing("ä1", b'{"id":"\xc3\xa41"}', "x"), never)
    sender.finish(0.0)
    assert producer.records == [("comments", "ä1".encode(), b'{"id":"\xc3\xa41"}')]
    assert (sender.sent, sender.failed) == (1, 0)


def test_a_refused_comment_is_named_and_the_next_one_is_sent() -> None:
    sender = Sender[Failure](RefusingProducer(), "comments")
    assert sender.send(comment(7), never)
    assert sender.send(comment(8), never)
    sender.finish(0.0)
    assert (sender.sent, sender.failed) == (0, 2)
    first = sender.failures[0]
    assert (first.id, first.origin) == ("c7", "comments.csv, line 8")
    assert "MessageSizeTooLargeError" in first.reason


def test_a_failed_delivery_counts_as_failed() -> None:
    producer = SilentProducer()
    sender = Sender[Failure](producer, "comments")
    sender.send(comment(1), never)
    sender.send(comment(2), never)
    producer.futures[0].failure(KafkaTimeoutError("batch expired"))
    producer.futures[1].success("metadata")
    sender.finish(0.0)
    assert (sender.sent, sender.failed, sender.failures[0].id) == (1, 1, "c1")


def test_what_is_not_confirmed_at_the_end_has_failed_even_if_it_is_confirmed_later() -> None:
    producer = SilentProducer()
    sender = Sender[Failure](producer, "comments")
    sender.send(comment(1), never)
    sender.finish(0.0)
    assert (sender.sent, sender.failed) == (0, 1)
    producer.futures[0].success("metadata")
    assert (sender.sent, sender.failed) == (0, 1)


def test_only_the_first_failures_are_named() -> None:
    sender = Sender[Failure](RefusingProducer(), "comments")
    for number in range(FAILURES_NAMED + 5):
        sender.send(comment(number), never)
    assert sender.failed == FAILURES_NAMED + 5
    assert len(sender.failures) == FAILURES_NAMED


def test_sending_waits_for_room_and_goes_on_when_there_is() -> None:
    producer = SilentProducer()
    sender = Sender[Failure](producer, "comments", limit_bytes=10_000)
    sender.send(comment(1, b"x" * 8_000), never)
    should_stop = AskedNever()
    confirming = threading.Thread(
        target=lambda: (should_stop.asked.wait(10), producer.futures[0].success("metadata"))
    )
    confirming.start()
    assert sender.send(comment(2, b"x" * 8_000), should_stop)
    confirming.join()
    assert should_stop.asked.is_set()
    assert sender.sent == 1


def test_waiting_for_room_ends_when_asked_to_stop() -> None:
    producer = SilentProducer()
    sender = Sender[Failure](producer, "comments", limit_bytes=10_000)
    sender.send(comment(1, b"x" * 8_000), never)
    assert not sender.send(comment(2, b"x" * 8_000), lambda: True)
    assert len(producer.futures) == 1


def test_a_comment_larger_than_the_room_goes_alone() -> None:
    assert Sender[Failure](ConfirmingProducer(), "comments", limit_bytes=10).send(
        comment(1, b"x" * 50_000), never
    )
