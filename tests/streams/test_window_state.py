"""What is written of a partition's windows leads back to them, and what is damaged leads nowhere."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from streams import window_state
from streams.window_state import History, Restored, StateRecord, encode_state, restored
from streams.windows import LONGEST_NAME, MOST_SUBREDDITS, Observation, PartitionWindows, WindowSpec

MINUTES = WindowSpec(60, 60, 30.0)
HOPPING = WindowSpec(60, 20, 30.0)
KAFKA_LIMIT = 1024 * 1024

the_fixture_never_changes = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def seen(event_time_s: float, subreddit: str | None = "science", probability: float = 0.4) -> Observation:
    return Observation.of(event_time_s, subreddit, probability, alert=probability > 0.5)


class Writer:
    """Counts batches of one partition, and writes their checkpoints on a topic of its own."""

    def __init__(self, name: str = "writer", spec: WindowSpec = MINUTES, found: Iterable[bytes] = ()) -> None:
        numbers = itertools.count()
        self.windows = PartitionWindows(spec)
        self.next_offset = 0
        self.history = History(lambda: f"{name}-{next(numbers)}", found)
        self.records: list[StateRecord] = []

    def count(self, *batch: float | Observation) -> list[StateRecord]:
        observed = [each if isinstance(each, Observation) else seen(each) for each in batch]
        for each in observed:
            self.windows.observe(each)
        self.windows.close()
        self.next_offset += len(observed)
        written = self.history.checkpoint(self.windows, self.next_offset, observed)
        self.records += written
        return written

    @property
    def keys(self) -> list[bytes]:
        return [each.key for each in self.records]

    @property
    def values(self) -> list[bytes]:
        return [encode_state(each) for each in self.records]


def content(state: Restored) -> tuple[object, ...]:
    return (state.next_offset, state.left_over, *content_of(state.windows))


def content_of(windows: PartitionWindows) -> tuple[object, ...]:
    return windows.spec, windows.newest_s, windows.closed_until_s, windows.panes


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let snapshots come in several pieces, and after journals of a few batches."""
    monkeypatch.setattr(window_state, "CHUNK_BYTES", 40)
    monkeypatch.setattr(window_state, "JOURNAL_BYTES", 60)


batches = st.lists(
    st.lists(
        st.builds(
            Observation.of,
            st.integers(0, 400).map(float),
            st.sampled_from(["a", "b", None]),
            st.sampled_from([0.1, 0.3333333333, 0.9]),
            alert=st.booleans(),
            ahead=st.booleans(),
        ),
        max_size=5,
    ),
    min_size=1,
    max_size=12,
)


def test_topic_with_nothing_on_it_is_a_partition_without_windows() -> None:
    assert content(restored([], MINUTES)) == content(Restored.nothing(MINUTES))


@given(batches, st.sampled_from([MINUTES, HOPPING]))
def test_snapshot_and_its_journal_lead_to_the_same_windows(
    batches: list[list[Observation]], spec: WindowSpec
) -> None:
    writer = Writer(spec=spec)
    for batch in batches:
        writer.count(*batch)
        state = restored(writer.values, spec)
        assert content(state) == (writer.next_offset, [], *content_of(writer.windows))


@the_fixture_never_changes
@given(batches, st.randoms(use_true_random=False))
def test_deleting_what_is_replaced_changes_nothing_in_whatever_order_keys_come(
    small: None, batches: list[list[Observation]], order: object
) -> None:
    writer = Writer()
    topic: dict[bytes, bytes] = {}
    for batch in batches:
        useless = writer.history.take_replaced()
        topic |= {each.key: encode_state(each) for each in writer.count(*batch)}
        for key in useless:
            del topic[key]
        values = list(topic.values())
        order.shuffle(values)  # type: ignore[attr-defined]
        state = restored(values, MINUTES)
        assert content(state) == (writer.next_offset, [], *content_of(writer.windows))


def test_every_open_window_counts_as_changed_afterwards() -> None:
    writer = Writer()
    writer.count(10.0, 70.0)
    writer.windows.take_changed()
    state = restored(writer.values, MINUTES)
    assert [each.start_s for each in state.windows.take_changed()] == [0, 60]


def test_windows_that_were_closed_before_are_not_closed_again() -> None:
    writer = Writer()
    writer.count(10.0)
    writer.count(200.0)
    state = restored(writer.values, MINUTES)
    assert state.windows.close() == []
    assert [each.start_s for each in state.windows.open()] == [180]


@pytest.mark.parametrize("missing", [0, 1, -1], ids=["first", "second", "last"])
def test_snapshot_is_restored_from_all_of_its_pieces_only(small: None, missing: int) -> None:
    writer = Writer()
    pieces = writer.count(10.0, seen(20.0, "askscience"), 70.0)
    assert len(pieces) > 2
    assert restored(writer.values, MINUTES).next_offset == 3
    del pieces[missing]
    assert content(restored(map(encode_state, pieces), MINUTES)) == content(Restored.nothing(MINUTES))


def test_history_without_its_whole_snapshot_gives_way_to_an_earlier_one(small: None) -> None:
    earlier, later = Writer("earlier"), Writer("later")
    earlier.count(10.0)
    later.count(10.0, 20.0, 70.0)
    assert restored([*later.values[:-1], *earlier.values], MINUTES).next_offset == 1


damaged = {
    "empty": b"",
    "text": b"hello",
    "json": b'{"history": "w"}',
    "no type at all": b"\xc1",
    "number": b"\x07",
    "too few fields": b"\x92\xa1w\x00",
    "fields of other types": b"\x94\x00\x00\x00\x00",
    "nothing but beginnings": b"\x91" * 100_000,
}


@pytest.mark.parametrize("value", damaged.values(), ids=damaged.keys())
def test_damaged_value_is_passed_over(value: bytes) -> None:
    writer = Writer()
    writer.count(10.0)
    writer.count(20.0)
    state = restored([value, writer.values[0], value, writer.values[1], value], MINUTES)
    assert content(state) == (2, [], *content_of(writer.windows))


@pytest.mark.parametrize("payload", damaged.values(), ids=damaged.keys())
@pytest.mark.parametrize(("number", "pieces"), [(0, 1), (0, 0), (1, 1), (0, -1), (-1, 1), (0, 2**63 - 1)])
def test_damaged_snapshot_is_passed_over(payload: bytes, number: int, pieces: int) -> None:
    writer = Writer()
    writer.count(10.0)
    value = encode_state(StateRecord("another", number, pieces, payload))
    for values in ([value, *writer.values], [*writer.values, value]):
        assert restored(values, MINUTES).next_offset == 1


@pytest.mark.parametrize("payload", damaged.values(), ids=damaged.keys())
def test_journal_ends_before_a_damaged_entry(payload: bytes) -> None:
    writer = Writer()
    for time in (10.0, 20.0, 30.0):
        writer.count(time)
    first, second, third = writer.records
    value = encode_state(StateRecord(second.history, second.number, second.pieces, payload))
    state = restored([encode_state(first), value, encode_state(third)], MINUTES)
    assert (state.next_offset, state.windows.newest_s) == (1, 10.0)


@given(st.data())
def test_value_that_was_cut_off_is_as_good_as_none(data: st.DataObject) -> None:
    writer = Writer()
    for time in (10.0, 20.0, 30.0):
        writer.count(time)
    values = writer.values
    number = data.draw(st.integers(0, 2))
    length = data.draw(st.integers(0, len(values[number]) - 1))
    cut_off = [*values[:number], values[number][:length], *values[number + 1 :]]
    assert restored(cut_off, MINUTES).next_offset == number


@pytest.mark.parametrize(("missing", "next_offset"), [(1, 1), (2, 2), (3, 3)])
def test_journal_ends_at_a_hole(missing: int, next_offset: int) -> None:
    writer = Writer()
    for time in (10.0, 20.0, 30.0, 40.0):
        writer.count(time)
    del writer.records[missing]
    state = restored(writer.values, MINUTES)
    assert state.next_offset == next_offset
    assert state.windows.newest_s == 10.0 * next_offset


@given(st.data())
def test_furthest_history_wins_in_whatever_order_keys_come(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 5), min_size=2, max_size=4, unique=True))
    values = []
    for number, length in enumerate(lengths):
        writer = Writer(f"writer{number}")
        for time in range(length):
            writer.count(float(time))
        values += writer.values
    state = restored(data.draw(st.permutations(values)), MINUTES)
    assert state.next_offset == max(lengths)
    assert state.windows.newest_s == max(lengths) - 1


def test_first_checkpoint_is_a_snapshot_and_the_next_ones_are_entries() -> None:
    writer = Writer()
    first, *others = (writer.count(time) for time in (10.0, 20.0, 30.0))
    assert [(each.history, each.number) for each in first] == [("writer-0", 0)]
    assert [(each.history, each.number) for batch in others for each in batch] == [
        ("writer-0", 1),
        ("writer-0", 2),
    ]


def test_snapshot_comes_again_once_the_journal_is_longer_than_the_last_one(small: None) -> None:
    writer = Writer()
    writer.count(10.0)
    snapshot_bytes = sum(len(each.payload) for each in writer.records)
    journal_bytes = 0
    written = writer.count(20.0)
    while written[0].history == "writer-0":
        assert journal_bytes <= snapshot_bytes
        journal_bytes += len(written[0].payload)
        written = writer.count(20.0)
    assert journal_bytes > snapshot_bytes > 60
    assert {each.history for each in written} == {"writer-1"}


def test_nothing_is_useless_before_a_second_snapshot() -> None:
    writer = Writer()
    writer.count(10.0)
    writer.count(20.0)
    assert writer.history.take_replaced() == []


def test_second_snapshot_makes_the_first_history_useless_and_says_so_once(small: None) -> None:
    writer = Writer()
    while writer.records[-1:] == [] or writer.records[-1].history == "writer-0":
        assert writer.history.take_replaced() == []
        writer.count(20.0)
    old = [each.key for each in writer.records if each.history == "writer-0"]
    assert len(old) > 2
    assert writer.history.take_replaced() == old
    assert writer.history.take_replaced() == []


def test_what_is_useless_after_one_snapshot_is_not_lost_with_the_next(small: None) -> None:
    writer = Writer()
    while writer.records[-1:] == [] or writer.records[-1].history != "writer-2":
        writer.count(20.0)
    old = [each.key for each in writer.records if each.history != "writer-2"]
    assert writer.history.take_replaced() == old


def test_keys_of_other_writers_are_useless_after_the_first_snapshot() -> None:
    writer = Writer(found=[b"other/0", b"other/1"])
    assert writer.history.take_replaced() == []
    writer.count(10.0)
    assert writer.history.take_replaced() == [b"other/0", b"other/1"]


@pytest.mark.parametrize(
    "spec",
    [WindowSpec(30, 30, 30.0), WindowSpec(120, 60, 30.0), WindowSpec(60, 20, 30.0)],
    ids=["shorter", "longer", "other step"],
)
def test_windows_cut_otherwise_before_are_left_over_as_they_are(spec: WindowSpec) -> None:
    writer = Writer()
    writer.count(10.0, 70.0)
    state = restored(writer.values, spec)
    assert state.left_over == writer.windows.open()
    assert (state.next_offset, state.windows.newest_s) == (2, 70.0)
    assert (state.windows.spec, state.windows.open()) == (spec, [])


def test_comment_too_late_before_windows_were_cut_otherwise_is_so_afterwards() -> None:
    writer = Writer()
    writer.count(100.0)
    state = restored(writer.values, WindowSpec(30, 30, 30.0))
    assert state.windows.observe(seen(69.0)) == 1.0


@pytest.mark.parametrize(("lateness_s", "below_s"), [(60.0, None), (10.0, 20.0)], ids=["more", "less"])
def test_another_lateness_holds_from_now_on_and_keeps_what_is_counted(
    lateness_s: float, below_s: float | None
) -> None:
    writer = Writer()
    writer.count(50.0, 80.0)
    state = restored(writer.values, WindowSpec(60, 60, lateness_s))
    assert (state.left_over, state.windows.panes) == ([], writer.windows.panes)
    assert state.windows.observe(seen(50.0)) == below_s


@pytest.mark.parametrize("character", ["\U0001f600", "\x00"], ids=["wide", "escaped"])
def test_records_of_most_subreddits_with_longest_names_fit_into_kafka(character: str) -> None:
    writer = Writer()
    names = [f"{number:05}".ljust(LONGEST_NAME, character) for number in range(MOST_SUBREDDITS)]
    for number in range(0, len(names), 500):
        writer.count(*(seen(10.0, name) for name in names[number : number + 500]))
    assert max(len(each) for each in writer.values) < KAFKA_LIMIT
    state = restored(writer.values, MINUTES)
    assert content_of(state.windows) == content_of(writer.windows)
    snapshot = History(lambda: "another").checkpoint(writer.windows, writer.next_offset, [])
    assert len(snapshot) > 1
    assert max(len(encode_state(each)) for each in snapshot) < KAFKA_LIMIT


@given(st.lists(st.binary(max_size=60), max_size=5))
@example([b"\x94\xa1\xff\x00\x01\xc4\x00"])
@example([b"\x95\xa1a\x00\x01\xc4\x00" + b"\x91" * 100_000])
def test_values_of_any_bytes_are_passed_over(damaged: list[bytes]) -> None:
    writer = Writer()
    writer.count(10.0)
    writer.count(20.0)
    assert content(restored([*damaged, *writer.values], MINUTES)) == content(restored(writer.values, MINUTES))


@given(st.data())
def test_payload_that_differs_in_a_byte_raises_nothing(data: st.DataObject) -> None:
    writer = Writer()
    for event_time_s in (10.0, 20.0, 100.0):
        writer.count(event_time_s)
    number = data.draw(st.integers(0, 2))
    record = writer.records[number]
    at = data.draw(st.integers(0, len(record.payload) - 1))
    payload = record.payload[:at] + bytes([data.draw(st.integers(0, 255))]) + record.payload[at + 1 :]
    values = writer.values
    values[number] = encode_state(StateRecord(record.history, record.number, record.pieces, payload))
    restored(values, MINUTES)


def test_history_beyond_the_end_of_the_comments_is_passed_over() -> None:
    writer, other = Writer(), Writer("other")
    writer.count(10.0)
    for _ in range(5):
        other.count(10.0)
    values = [*other.values, *writer.values]
    assert restored(values, MINUTES).next_offset == restored(other.values, MINUTES).next_offset
    end = restored(writer.values, MINUTES).next_offset
    assert content(restored(values, MINUTES, end)) == content(restored(writer.values, MINUTES))


def test_new_windows_do_not_take_the_place_of_left_over_ones_of_the_same_name() -> None:
    writer = Writer()
    writer.count(10.0)
    state = restored(writer.values, WindowSpec(60, 20, 30.0))
    (left_over,) = state.left_over
    state.windows.observe(Observation.of(50.0, "a", 0.1, alert=False))
    told = {(each.start_s, each.end_s) for each in state.windows.open()}
    assert (left_over.start_s, left_over.end_s) not in told
    assert told == {(20, 80), (40, 100)}
