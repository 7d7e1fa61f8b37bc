"""Asks a broker where its logs end and what a group has committed, in so many milliseconds or not at all.

Two requests, spoken directly: Kafka's clients retry, wait and reconnect by rules of their own, and this is
for looking at a broker that is killed and paused all the time. Their words: https://kafka.apache.org/protocol
"""

import socket
import struct
from collections.abc import Sequence
from types import TracebackType
from typing import Self

LIST_OFFSETS = 2
OFFSET_FETCH = 9
VERSION = 1
"""Of both requests; the oldest that Kafka 4 speaks."""

LATEST = -1
ANSWERS_WITHIN_S = 0.8

Partition = tuple[str, int]
"""Topic and number."""


class NoAnswerError(Exception):
    """The broker does not answer, or has no offsets to tell just now."""


class OffsetAsker:
    """A connection to one broker that is made again whenever it breaks."""

    def __init__(self, host: str, port: int, timeout_s: float = ANSWERS_WITHIN_S) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ends(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Return the offset that each log's next record will have.

        Raises:
            NoAnswerError: If the broker does not tell all of them in time.
        """
        body = struct.pack(">i", -1) + _topics(partitions, struct.pack(">q", LATEST))
        return _read_ends(_Reader(self._ask(LIST_OFFSETS, body)))

    def committed(self, group: str, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Return the offset that a group has committed for each partition, 0 for none.

        Raises:
            NoAnswerError: If the broker does not tell all of them in time.
        """
        return _read_commits(_Reader(self._ask(OFFSET_FETCH, _text(group) + _topics(partitions))))

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, key: int, body: bytes) -> bytes:
        request = struct.pack(">hhi", key, VERSION, 1) + _text("modstream-chaos") + body
        try:
            if self._connection is None:
                self._connection = socket.create_connection(self._address, self._timeout_s)
            self._connection.sendall(struct.pack(">i", len(request)) + request)
            return self._exactly(struct.unpack(">i", self._exactly(4))[0])[4:]  # after the correlation id
        except OSError as error:
            self.close()
            raise NoAnswerError from error

    def _exactly(self, size: int) -> bytes:
        assert self._connection is not None
        received = bytearray()
        while len(received) < size:
            more = self._connection.recv(size - len(received))
            if not more:
                raise ConnectionResetError
            received += more
        return bytes(received)


class _Reader:
    """Takes an answer apart, field by field."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._at = 0

    def number(self, form: str) -> int:
        """Return the next number; `form` as in `struct`."""
        (value,) = struct.unpack_from(f">{form}", self._answer, self._at)
        self._at += struct.calcsize(f">{form}")
        return int(value)

    def text(self) -> str:
        """Return the next text; none is the empty one."""
        length = max(0, self.number("h"))
        self._at += length
        return self._answer[self._at - length : self._at].decode()


def _read_ends(reader: _Reader) -> dict[Partition, int]:
    found = {}
    for _ in range(reader.number("i")):
        topic = reader.text()
        for _ in range(reader.number("i")):
            number, error, _, offset = (reader.number(form) for form in "ihqq")
            _require_none(error)
            found[topic, number] = offset
    return found


def _read_commits(reader: _Reader) -> dict[Partition, int]:
    found = {}
    for _ in range(reader.number("i")):
        topic = reader.text()
        for _ in range(reader.number("i")):
            number, offset = reader.number("i"), reader.number("q")
            reader.text()
            _require_none(reader.number("h"))
            found[topic, number] = max(0, offset)
    return found


def _require_none(error: int) -> None:
    if error:
        raise NoAnswerError(f"Kafka's error {error}")


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text.encode())) + text.encode()


def _topics(partitions: Sequence[Partition], after_each: bytes = b"") -> bytes:
    """Return the partitions by topic, each followed by the same bytes."""
    by_topic: dict[str, list[int]] = {}
    for topic, number in partitions:
        by_topic.setdefault(topic, []).append(number)
    packed = struct.pack(">i", len(by_topic))
    for topic, numbers in by_topic.items():
        packed += _text(topic) + struct.pack(">i", len(numbers))
        packed += b"".join(struct.pack(">i", number) + after_each for number in numbers)
    return packed
