import itertools
import json
from io import StringIO
from typing import Any, NamedTuple

import pytest
from rich.console import Console

from modstream.state import report
from modstream.state.standing import (
    Checkpoint,
    MergerStanding,
    PartitionStanding,
    Standing,
    checkpoint_of,
    told,
)
from streams.records import encode
from streams.window_records import Partial, PartitionProgress, partials
from streams.window_state import History, encode_state
from streams.windows import Observation, PartitionWindows, WindowSpec

SPEC = WindowSpec(60, 60, 30.0)
CHECKPOINT = Checkpoint(
    next_offset=100,
    newest_s=1_700_000_050.0,
    watermark_s=1_700_000_020.0,
    open_windows=2,
    rows=3,
    snapshot_bytes=10,
    journal_bytes=5,
)


def make_partition(**changes: Any) -> PartitionStanding:
    standing = PartitionStanding(partition=2, committed=100, log_end=130, checkpoint=CHECKPOINT, idle=False)
    return standing._replace(**changes)


class Kept:
    """A partition's windows, and every record of their checkpoints."""

    def __init__(self, name: str = "h", spec: WindowSpec = SPEC) -> None:
        self.windows = PartitionWindows(spec)
        self.values: list[bytes] = []
        names = (f"{name}{number}" for number in itertools.count())
        self._history = History(lambda: next(names))
        self._next_offset = 0

    def count(self, *seen: tuple[float, str]) -> None:
        """Count a batch and checkpoint it."""
        batch = [Observation.of(at_s, name, 0.4, alert=False) for at_s, name in seen]
        for each in batch:
            self.windows.observe(each)
        self.windows.close()
        self._next_offset += len(batch)
        records = self._history.checkpoint(self.windows, self._next_offset, batch)
        self.values += map(encode_state, records)


def test_checkpoint_says_what_the_windows_are() -> None:
    kept = Kept()
    kept.count((0.0, "a"), (10.0, "b"))
    kept.count((61.0, "a"), (65.0, "a"))
    kept.count((100.0, "c"))  # the first window has closed
    found = checkpoint_of(kept.values)
    assert found is not None
    assert (found.next_offset, found.newest_s, found.watermark_s) == (5, 100.0, 70.0)
    assert (found.open_windows, found.rows) == (1, 2)
    assert found.snapshot_bytes == len(kept.values[0])
    assert found.snapshot_bytes + found.journal_bytes == sum(map(len, kept.values))


def test_open_windows_that_overlap_are_counted_as_the_worker_has_them() -> None:
    kept = Kept(spec=WindowSpec(60, 20, 30.0))
    kept.count((0.0, "a"), (45.0, "b"), (70.0, "c"))
    found = checkpoint_of(kept.values)
    assert found is not None
    open_windows = kept.windows.open()
    assert found.open_windows == len(open_windows) > 2
    assert found.rows == sum(len(window.rows) for window in open_windows)


def test_of_several_histories_the_furthest_is_told() -> None:
    behind, ahead = Kept("behind"), Kept("ahead")
    behind.count((0.0, "a"))
    ahead.count((0.0, "a"), (1.0, "a"))
    found = checkpoint_of([*ahead.values, *behind.values])
    assert found is not None
    assert found.next_offset == 2
    assert found.snapshot_bytes == len(ahead.values[0])


@pytest.mark.parametrize(
    "values",
    [[], [b"no state"], [b"\xff"], [b"\x94\xa1\xff\x00\x01\xc4\x00"]],
    ids=["nothing", "rubbish", "no-record", "no-text"],
)
def test_nothing_kept_is_no_checkpoint(values: list[bytes]) -> None:
    assert checkpoint_of(values) is None


def test_a_snapshot_that_is_not_whole_is_no_checkpoint() -> None:
    kept = Kept()
    kept.count((0.0, "a"))
    kept.count((1.0, "a"))
    assert checkpoint_of(kept.values[1:]) is None


class Record(NamedTuple):
    offset: int
    key: bytes
    value: bytes | None


class Partition:
    """Tells the merger how far it is."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.windows = PartitionWindows(SPEC)
        self._counted = 0

    def tell(self, *times: float, idle: bool = False) -> list[tuple[bytes, bytes]]:
        for at_s in times:
            self.windows.observe(Observation.of(at_s, "a", 0.4, alert=False))
        self._counted += len(times)
        windows = [*self.windows.close(), *self.windows.take_changed()]
        told: list[Partial] = [
            part for each in windows for part in partials(self.number, "w", each, self._counted)
        ]
        progress = PartitionProgress(
            partition=self.number,
            writer="w",
            partitions=2,
            next_offset=self._counted,
            watermark=self.windows.watermark_s,
            idle=idle,
        )
        return [(each.key, encode(each)) for each in [*told, progress]]


def records(*what: tuple[bytes, bytes | None]) -> list[Record]:
    return [Record(offset, *each) for offset, each in enumerate(what)]


def test_windows_wait_until_every_partition_is_past_them() -> None:
    one, other = Partition(0), Partition(1)
    first = one.tell(10.0, 100.0)  # its first window is over
    assert told(records(*first)).waiting == 2, "of the other nothing is known"
    second = other.tell(20.0)
    assert told(records(*first, *second)) == (2, {0: False, 1: False})
    third = other.tell(100.0)
    assert told(records(*first, *second, *third)).waiting == 1
    idle = [*one.tell(idle=True), *other.tell(idle=True)]
    assert told(records(*first, *second, *third, *idle)) == (0, {0: True, 1: True})


def test_windows_whose_partials_are_taken_back_wait_no_longer() -> None:
    first, second = Partition(0).tell(10.0), Partition(1).tell(20.0)
    assert told(records(*first, *second)).waiting == 1
    taken_back = [(key, None) for key, _ in (first[0], second[0])]
    assert told(records(*first, *second, *taken_back)).waiting == 0


def test_what_is_no_partial_is_passed_over() -> None:
    assert told(records((b"k", b"rubbish"), (b"k", None))) == (0, {})


@pytest.mark.parametrize(
    ("standing", "warning"),
    [
        pytest.param(make_partition(), None, id="as-it-should-be"),
        pytest.param(make_partition(committed=90), None, id="checkpoint-ahead"),
        pytest.param(make_partition(committed=None), None, id="nothing-committed"),
        pytest.param(make_partition(committed=None, checkpoint=None, log_end=0), None, id="nothing-at-all"),
        pytest.param(
            make_partition(committed=120), "up to 100, and 120 is committed: the comments in", id="behind"
        ),
        pytest.param(make_partition(checkpoint=None), "has no checkpoint of its windows", id="no-checkpoint"),
        pytest.param(
            make_partition(log_end=99), "the log ends at 99: was the topic made anew?", id="made-anew"
        ),
    ],
)
def test_warnings_say_what_is_in_no_window(standing: PartitionStanding, warning: str | None) -> None:
    assert len(standing.warnings) == (warning is not None)
    assert (warning or "") in "".join(standing.warnings)


@pytest.mark.parametrize(
    ("committed", "lag"), [(100, 30), (None, 130), (140, 0)], ids=["behind", "nothing-committed", "made-anew"]
)
def test_lag_is_what_is_not_committed(committed: int | None, lag: int) -> None:
    assert make_partition(committed=committed).lag == lag


STANDING = Standing(
    "modstream",
    [make_partition(), make_partition(partition=3, committed=None, checkpoint=None, idle=None)],
    MergerStanding(committed=7, log_end=9, waiting=1),
)


def test_line_says_all_of_a_partition() -> None:
    assert [*report.lines(STANDING)] == [
        "partition 2, committed 100, next_offset 100, log end 130, lag 30, watermark 2023-11-14T22:13:40Z, "
        "newest 2023-11-14T22:14:10Z, open windows 2, rows 3, bytes 15, idle no",
        "partition 3, committed -, next_offset -, log end 130, lag 130, watermark -, "
        "newest -, open windows -, rows -, bytes -, idle -",
    ]
    assert report.merger_line(STANDING) == "merger: committed 7, log end 9, lag 2, 1 windows wait to be final"


def test_json_has_the_same_figures() -> None:
    fields = json.loads(report.as_json(STANDING))
    first, second = fields["partitions"]
    assert (first["committed"], first["next_offset"], first["lag"], first["watermark"]) == (
        100, 100, 30, 1_700_000_020.0,
    )  # fmt: skip
    assert (second["committed"], second["next_offset"], second["open_windows"]) == (None, None, None)
    assert fields["merger"] == {"committed": 7, "log_end": 9, "lag": 2, "windows_waiting": 1}
    assert fields["warnings"] == []


BUSY = make_partition(
    committed=123_456_789,
    log_end=123_466_789,
    checkpoint=CHECKPOINT._replace(next_offset=123_456_999, rows=50_000, snapshot_bytes=12_345_678),
)


def drawn_lines(partitions: list[PartitionStanding], width: int) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(report.table(STANDING._replace(partitions=partitions), width))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("width", [60, 80, 100, 130])
@pytest.mark.parametrize("partition", [make_partition(), BUSY], ids=["few", "many"])
def test_table_fits_the_terminal_with_a_line_for_each_partition(
    partition: PartitionStanding, width: int
) -> None:
    drawn = drawn_lines([partition, partition._replace(partition=3)], width)
    assert max(map(len, drawn)) <= width
    rows = [line for line in drawn if "2023-11-14 22:13:40" in line]
    assert [line.split()[0] for line in rows] == ["2", "3"]
    assert "…" not in "".join(drawn)


@pytest.mark.parametrize(
    ("width", "left_out"),
    [
        pytest.param(130, None, id="room-for-all"),
        pytest.param(80, "no room for: newest (UTC), rows, log end, bytes", id="eighty"),
    ],
)
def test_table_says_which_columns_it_leaves_out(width: int, left_out: str | None) -> None:
    drawn = drawn_lines([make_partition()], width)
    captions = [line.strip() for line in drawn if "no room" in line]
    assert captions == ([left_out] if left_out else [])
