"""The state of a partition's windows as records of a compacted topic, and back; pure, without Kafka.

A checkpoint is a snapshot now and then, and between snapshots a journal: the comments that each batch has
observed, which lead from the snapshot to the same state again. So a checkpoint costs what the batch costs,
however many windows are open.

Every writer begins with a snapshot under a name of its own, and every snapshot gets a new name. A worker that
lost its partition and does not know it yet can therefore not damage what its successor writes. What a state
is depends on the comments before its `next_offset` alone: of several histories the furthest is right.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Self

import msgspec
from msgspec import Struct

from streams.windows import Observation, PartitionWindows, Rows, Window, WindowSpec

CHUNK_BYTES = 512 * 1024
"""A snapshot comes in records of this size at the most: below Kafka's usual limit of 1 MiB."""

JOURNAL_BYTES = 256 * 1024
"""A journal shorter than this is not yet replaced by a snapshot."""


class StateRecord(Struct, frozen=True, array_like=True):
    """One record of a history: a piece of its snapshot, or what one batch observed."""

    history: str
    number: int
    """Place in the history, from 0; the snapshot's pieces come first."""
    pieces: int
    """How many pieces the snapshot has."""
    payload: bytes

    @property
    def key(self) -> bytes:
        """Return the record's key."""
        return f"{self.history}/{self.number}".encode()


class Snapshot(Struct, frozen=True, array_like=True):
    """Everything that a partition's windows are."""

    spec: WindowSpec
    next_offset: int
    newest_s: float | None
    closed_until_s: int
    panes: dict[int, Rows]

    def windows(self) -> PartitionWindows:
        """Return the windows; every open one counts as changed."""
        windows = PartitionWindows(self.spec)
        windows.newest_s, windows.closed_until_s = self.newest_s, self.closed_until_s
        windows.panes = self.panes
        windows.changed = set(self.panes)
        return windows


class Entry(Struct, frozen=True, array_like=True):
    """What one batch observed, up to the offset that comes next."""

    next_offset: int
    seen: list[Observation]


DAMAGED = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What a value raises that nothing can be made of, when it is decoded or counted."""

_records = msgspec.msgpack.Encoder()
_as_record = msgspec.msgpack.Decoder(StateRecord)
_as_snapshot = msgspec.msgpack.Decoder(Snapshot)
_as_entry = msgspec.msgpack.Decoder(Entry)


class History:
    """Writes one partition's checkpoints: a snapshot first, then entries until a new snapshot is cheaper."""

    def __init__(self, new_name: Callable[[], str], keys: Iterable[bytes] = ()) -> None:
        """Begin anew.

        Args:
            new_name: Gives names that nobody else has.
            keys: What other writers have left on the topic; it is to be deleted after the first snapshot.
        """
        self._new_name = new_name
        self._name = ""
        self._keys = list(keys)
        self._pieces = 0
        self._number = 0
        self._journal_bytes = 0
        self._snapshot_bytes = 0
        self._replaced: list[bytes] = []

    def checkpoint(
        self, windows: PartitionWindows, next_offset: int, seen: list[Observation]
    ) -> list[StateRecord]:
        """Return the records that hold the state.

        Args:
            windows: The windows, with the batch counted.
            next_offset: The offset after the batch.
            seen: What the batch observed.
        """
        if not self._name or self._journal_bytes > max(JOURNAL_BYTES, self._snapshot_bytes):
            return self._snapshot(windows, next_offset)
        return [self._entry(_records.encode(Entry(next_offset, seen)))]

    def take_replaced(self) -> list[bytes]:
        """Take the keys that the last snapshot has made useless; call it once that is on the broker."""
        replaced, self._replaced = self._replaced, []
        return replaced

    def _snapshot(self, windows: PartitionWindows, next_offset: int) -> list[StateRecord]:
        state = Snapshot(windows.spec, next_offset, windows.newest_s, windows.closed_until_s, windows.panes)
        data = _records.encode(state)
        pieces = [data[first : first + CHUNK_BYTES] for first in range(0, len(data), CHUNK_BYTES)]
        self._replaced, self._keys = self._replaced + self._keys, []
        self._name, self._pieces, self._number = self._new_name(), len(pieces), 0
        self._journal_bytes, self._snapshot_bytes = 0, len(data)
        return [self._record(piece) for piece in pieces]

    def _entry(self, data: bytes) -> StateRecord:
        self._journal_bytes += len(data)
        return self._record(data)

    def _record(self, payload: bytes) -> StateRecord:
        record = StateRecord(self._name, self._number, self._pieces, payload)
        self._number += 1
        self._keys.append(record.key)
        return record


def encode_state(record: StateRecord) -> bytes:
    """Return a record's value."""
    return _records.encode(record)


class Restored(NamedTuple):
    """The state that the records of a partition hold."""

    windows: PartitionWindows
    next_offset: int
    left_over: list[Window]
    """Windows of another size than is wanted now: they end as they are."""

    @classmethod
    def nothing(cls, spec: WindowSpec) -> Self:
        """Return the state of a partition that has none yet."""
        return cls(PartitionWindows(spec), 0, [])

    def cut_as(self, spec: WindowSpec) -> Self:
        """Return this state with windows as they are wanted now."""
        old = self.windows
        more_s = spec.lateness_s - old.spec.lateness_s
        if old.newest_s is not None and more_s > 0:
            old.newest_s += more_s  # the watermark never goes back: what it has passed may be closed
        if (old.spec.size_s, old.spec.step_s) == (spec.size_s, spec.step_s):
            old.spec = spec
            return self
        new = PartitionWindows(spec)
        new.newest_s = old.newest_s
        left_over = old.open()
        if old.spec.size_s == spec.size_s:  # the new windows of the same name would take their place
            new.closed_until_s = max((each.end_s for each in left_over), default=old.closed_until_s)
        return self._replace(windows=new, left_over=left_over)


def restored(values: Iterable[bytes], spec: WindowSpec, end: int | None = None) -> Restored:
    """Return the furthest state that the newest values of the topic's keys lead to.

    Values that nothing can be made of are passed over, as are histories that were not written to their end.

    Args:
        values: The newest value of each key.
        spec: How windows are to be cut.
        end: Pass over histories that lead beyond this offset: they are of other comments.
    """
    histories: dict[str, dict[int, StateRecord]] = {}
    for value in values:
        try:
            record = _as_record.decode(value)
        except DAMAGED:
            continue
        histories.setdefault(record.history, {})[record.number] = record
    best = Restored.nothing(spec)
    for records in histories.values():
        state = _replayed(records)
        if state is None or (end is not None and state.next_offset > end):
            continue
        if state.next_offset > best.next_offset:
            best = state
    return best.cut_as(spec)


def _replayed(records: Mapping[int, StateRecord]) -> Restored | None:
    """Return where a history leads, None if its snapshot is not whole."""
    pieces = next(iter(records.values())).pieces
    try:
        snapshot = _as_snapshot.decode(b"".join(records[number].payload for number in range(pieces)))
    except (KeyError, *DAMAGED):
        return None
    windows, next_offset = snapshot.windows(), snapshot.next_offset
    number = pieces
    while number in records:
        try:
            entry = _as_entry.decode(records[number].payload)
            for seen in entry.seen:
                windows.observe(seen)
            windows.close()  # these were published before the entry was written
        except DAMAGED:
            break
        next_offset = entry.next_offset
        number += 1
    return Restored(windows, next_offset, [])
