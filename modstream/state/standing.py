"""How far the workers are, made of what they have put on their topics; pure, without Kafka."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from streams.errors import InvalidPartialError
from streams.merging import Merger, span_of
from streams.window_records import Forgotten, parse_partial
from streams.window_state import DAMAGED, Restored, Snapshot, StateRecord, restored
from streams.windows import PartitionWindows, Span

_as_record = msgspec.msgpack.Decoder(StateRecord)
_as_snapshot = msgspec.msgpack.Decoder(Snapshot)


class Checkpoint(NamedTuple):
    """What a partition's windows were when they were kept last."""

    next_offset: int
    newest_s: float | None
    """The largest event time so far."""
    watermark_s: float | None
    open_windows: int
    rows: int
    """Pairs of an open window and a subreddit in it."""
    snapshot_bytes: int
    journal_bytes: int


class PartitionStanding(NamedTuple):
    """How far one partition of the comments is."""

    partition: int
    committed: int | None
    """The offset that the group reads next; None when it has committed none."""
    log_end: int
    checkpoint: Checkpoint | None
    idle: bool | None
    """Whether the merger was told not to wait for it; None when it was told nothing."""

    @property
    def lag(self) -> int:
        """Return how many offsets there are from the committed one to the end."""
        return max(0, self.log_end - (self.committed or 0))

    @property
    def warnings(self) -> list[str]:
        """Return what is not as it should be."""
        committed, checkpoint = self.committed or 0, self.checkpoint
        if checkpoint is None:
            if not committed:
                return []
            return [
                f"partition {self.partition} has no checkpoint of its windows, and {committed} is committed: "
                "the comments before that are in no window"
            ]
        if checkpoint.next_offset > self.log_end:
            return [
                f"partition {self.partition}: the windows have counted up to {checkpoint.next_offset}, and "
                f"the log ends at {self.log_end}: was the topic made anew? Then the windows begin anew too"
            ]
        if checkpoint.next_offset < committed:
            return [
                f"partition {self.partition}: the windows have counted up to {checkpoint.next_offset}, and "
                f"{committed} is committed: the comments in between are in no window"
            ]
        return []


class MergerStanding(NamedTuple):
    """How far the merger is."""

    committed: int | None
    log_end: int
    waiting: int
    """Windows that it was told of, and that are not final."""

    @property
    def lag(self) -> int:
        """Return how many offsets there are from the committed one to the end."""
        return max(0, self.log_end - (self.committed or 0))


class Standing(NamedTuple):
    """How far the workers are."""

    group: str
    partitions: Sequence[PartitionStanding]
    merger: MergerStanding

    @property
    def warnings(self) -> list[str]:
        """Return what is not as it should be."""
        return [each for partition in self.partitions for each in partition.warnings]


class Told(NamedTuple):
    """What the partitions have told the merger."""

    waiting: int
    """Windows that are not final."""
    idle: Mapping[int, bool]
    """For each partition that has told anything, whether nobody waits for it."""


def checkpoint_of(values: Iterable[bytes]) -> Checkpoint | None:
    """Return what the newest values of the topic's keys hold; None if that is no state."""
    histories: dict[str, dict[int, bytes]] = {}
    for value in values:
        record = _decoded(value)
        if record is not None:
            histories.setdefault(record.history, {})[record.number] = value
    found = [each for each in map(_checkpoint, histories.values()) if each is not None]
    return max(found, key=lambda each: each.next_offset, default=None)


def told(records: Iterable[Any]) -> Told:
    """Return what the records of the topic of partial windows say, given from its beginning.

    They are folded as the merger does it, and it is counted what it would have published last of each window.
    """
    merger = Merger(provisional=True)
    waiting: set[Span] = set()
    for record in records:
        if record.value is None:
            span = span_of(record.key)
            if span is not None:  # taken back, so everything was told and published
                merger.drop({span})
                waiting.discard(span)
            continue
        try:
            partial = parse_partial(record.value)
        except InvalidPartialError:
            continue
        if isinstance(partial, Forgotten):
            merger.over_s = max(merger.over_s, partial.until)
        for row in merger.fold(partial, record.offset).statistics:
            (waiting.discard if row.final else waiting.add)(Span(row.window_start, row.window_end))
    return Told(len(waiting), merger.idle)


def _checkpoint(history: Mapping[int, bytes]) -> Checkpoint | None:
    """Return where a history leads, None if nowhere."""
    records = {number: _as_record.decode(value) for number, value in history.items()}
    pieces = next(iter(records.values())).pieces
    try:
        snapshot = _as_snapshot.decode(b"".join(records[number].payload for number in range(pieces)))
    except (KeyError, *DAMAGED):
        return None
    # Cut as they are, whatever this command's own settings are.
    state: Restored = restored(history.values(), snapshot.spec)
    windows = state.windows
    pairs = _open_windows(windows)
    return Checkpoint(
        next_offset=state.next_offset,
        newest_s=windows.newest_s,
        watermark_s=windows.watermark_s,
        open_windows=len(pairs),
        rows=sum(map(len, pairs.values())),
        snapshot_bytes=sum(len(value) for number, value in history.items() if number < pieces),
        journal_bytes=sum(len(value) for number, value in history.items() if number >= pieces),
    )


def _open_windows(windows: PartitionWindows) -> dict[int, set[str]]:
    """Return the names in each open window; without the sums, which would cost much where windows overlap."""
    names: dict[int, set[str]] = {}
    for pane, rows in windows.panes.items():
        for start in windows.spec.windows_of(pane):
            if start + windows.spec.size_s > windows.closed_until_s:
                names.setdefault(start, set()).update(rows)
    return names


def _decoded(value: bytes) -> StateRecord | None:
    try:
        return _as_record.decode(value)
    except DAMAGED:
        return None
