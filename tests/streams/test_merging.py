"""When the statistics of a window are published, when they are final, and what nobody needs any more."""

import pytest

from streams.merging import NOTHING, Merged, Merger, span_of
from streams.window_records import Partial
from streams.windows import Span
from tests.streams.examples import make_partial, make_progress

type Told = list[tuple[str, int, bool]]
"""Subreddit, count, and whether that is final."""


class Story:
    """Tells a merger one record after the other, as the topic would."""

    def __init__(self, *told: Partial, provisional: bool = True) -> None:
        self.merger = Merger(provisional=provisional)
        self.offset = 0
        for each in told:
            self.tell(each)

    def tell(self, told: Partial) -> Merged:
        self.offset += 1
        return self.merger.fold(told, self.offset)

    def told(self, told: Partial) -> Told:
        return [(row.subreddit, row.count, row.final) for row in self.tell(told).statistics]

    def useless(self, told: Partial) -> list[bytes]:
        return self.tell(told).useless


def both_at(watermark: float) -> list[Partial]:
    return [make_progress(partition=number, watermark=watermark) for number in (0, 1)]


def test_window_is_final_when_every_partition_has_passed_its_end() -> None:
    story = Story(make_partial({"a": 2}), make_partial({"a": 3, "b": 1}, partition=1), provisional=False)
    assert story.told(make_progress(partition=1, watermark=60.0)) == []
    assert story.told(make_progress(watermark=59.9)) == []
    assert story.told(make_progress(watermark=60.0)) == [("*", 6, True), ("a", 5, True), ("b", 1, True)]
    assert story.told(make_progress(watermark=90.0)) == []


@pytest.mark.parametrize("idle", [False, True], ids=["busy", "idle"])
def test_partition_that_has_not_spoken_holds_every_window_back(idle: bool) -> None:
    story = Story(make_partial({"a": 2}), provisional=False)
    spoken = make_progress(partitions=3, watermark=500.0, idle=idle)
    assert story.told(spoken) == []
    assert story.told(make_progress(partitions=3, partition=1, watermark=500.0)) == []
    assert story.told(make_progress(partitions=3, partition=2, watermark=500.0)) == [
        ("*", 2, True),
        ("a", 2, True),
    ]


def test_partition_without_a_comment_holds_back_unless_it_is_idle() -> None:
    story = Story(make_partial({"a": 2}), make_progress(watermark=60.0), provisional=False)
    assert story.told(make_progress(partition=1, next_offset=0, watermark=None)) == []
    assert story.told(make_progress(partition=1, next_offset=0, watermark=None, idle=True)) == [
        ("*", 2, True),
        ("a", 2, True),
    ]


def test_idle_partition_does_not_hold_back() -> None:
    story = Story(make_partial({"a": 2}), make_partial({"a": 3}, partition=1), provisional=False)
    story.tell(make_progress(partition=1, watermark=10.0, idle=True))
    assert story.told(make_progress(watermark=60.0)) == [("*", 5, True), ("a", 5, True)]


def test_everything_is_final_when_all_partitions_are_idle() -> None:
    story = Story(make_partial({"a": 2}), make_progress(watermark=10.0, idle=True))
    assert story.told(make_progress(partition=1, watermark=5.0, idle=True)) == [
        ("*", 2, True),
        ("a", 2, True),
    ]


def test_window_gets_a_new_revision_when_an_idle_partition_speaks_again() -> None:
    story = Story(make_partial({"a": 2, "b": 1}), make_partial({"a": 3}, partition=1))
    story.tell(make_progress(partition=1, watermark=10.0, idle=True))
    first = story.tell(make_progress(watermark=60.0)).statistics
    story.tell(make_partial({"a": 4}, partition=1, next_offset=2))
    second = story.tell(make_progress(partition=1, next_offset=2, watermark=20.0)).statistics
    third = story.tell(make_progress(partition=1, next_offset=3, watermark=60.0)).statistics
    assert [[(row.subreddit, row.count, row.final) for row in told] for told in (first, second, third)] == [
        [("*", 6, True), ("a", 5, True), ("b", 1, True)],
        [("*", 7, False), ("a", 6, False)],
        [("*", 7, True), ("a", 6, True), ("b", 1, True)],
    ]
    revisions = [told[0].revision for told in (first, second, third)]
    assert revisions == sorted(set(revisions))


def test_window_is_final_again_when_an_idle_partition_has_added_to_it() -> None:
    story = Story(make_partial({"a": 2}), make_progress(watermark=60.0), provisional=False)
    assert story.told(make_progress(partition=1, idle=True)) == [("*", 2, True), ("a", 2, True)]
    story.tell(make_partial({"b": 4}, partition=1, next_offset=2))
    assert story.told(make_progress(partition=1, next_offset=2, watermark=60.0)) == [
        ("*", 6, True),
        ("a", 2, True),
        ("b", 4, True),
    ]


def test_final_window_stays_final_when_an_idle_partition_speaks_of_another() -> None:
    story = Story(make_partial({"a": 2}), make_progress(watermark=60.0))
    story.tell(make_progress(partition=1, watermark=10.0, idle=True))
    story.tell(make_partial({"a": 1}, partition=1, window_start=60, window_end=120, next_offset=2))
    assert story.told(make_progress(partition=1, next_offset=2, watermark=50.0)) == [
        ("*", 1, False),
        ("a", 1, False),
    ]
    assert story.told(make_progress(partition=1, next_offset=3, watermark=60.0)) == []


def test_open_window_tells_of_what_has_changed_and_of_everything() -> None:
    story = Story(make_partial({"a": 2, "b": 1, "": 4}))
    assert story.told(make_progress()) == [("*", 7, False), ("a", 2, False), ("b", 1, False)]
    story.tell(make_partial({"a": 2, "b": 3, "": 4}, next_offset=2))
    assert story.told(make_progress(next_offset=2)) == [("*", 9, False), ("b", 3, False)]
    story.tell(make_partial({"a": 2, "b": 3, "": 5}, next_offset=3))
    assert story.told(make_progress(next_offset=3)) == [("*", 10, False)]
    assert story.told(make_progress(next_offset=4)) == []


def test_windows_that_may_change_are_not_told_of_when_only_final_ones_are_wanted() -> None:
    story = Story(make_partial({"a": 2}), *both_at(0.0), provisional=False)
    story.tell(make_partial({"a": 3}, next_offset=2))
    assert story.told(make_progress(next_offset=2, watermark=60.0)) == []
    assert story.told(make_progress(partition=1, next_offset=2, watermark=60.0)) == [
        ("*", 3, True),
        ("a", 3, True),
    ]


def test_windows_are_told_of_oldest_first() -> None:
    story = Story(
        make_partial({"a": 1}, window_start=60, window_end=120),
        make_partial({"a": 2}, window_start=0, window_end=60),
        make_progress(),
        provisional=False,
    )
    final = story.tell(make_progress(partition=1, watermark=120.0)).statistics
    assert final == []
    final = story.tell(make_progress(next_offset=2, watermark=120.0)).statistics
    assert [(row.window_start, row.window_end, row.count) for row in final] == [
        (0, 60, 2),
        (0, 60, 2),
        (60, 120, 1),
        (60, 120, 1),
    ]


def test_revision_is_the_offset_of_the_record_that_led_to_it() -> None:
    merger = Merger(provisional=True)
    merger.fold(make_partial(), 40)
    assert {row.revision for row in merger.fold(make_progress(), 42).statistics} == {42}


def test_progress_of_one_that_knows_less_changes_nothing() -> None:
    story = Story(make_partial({"a": 2}, next_offset=9), *both_at(0.0), provisional=False)
    story.tell(make_progress(next_offset=9, watermark=60.0))
    assert story.tell(make_progress(writer="old", next_offset=8, watermark=10.0, idle=True)) == NOTHING
    assert story.told(make_progress(partition=1, next_offset=2, watermark=60.0)) == [
        ("*", 2, True),
        ("a", 2, True),
    ]


def test_progress_of_one_that_knows_less_publishes_no_change() -> None:
    story = Story(make_progress(next_offset=9), make_partial({"a": 2}, next_offset=10))
    assert story.tell(make_progress(writer="old", next_offset=8)) == NOTHING
    assert story.told(make_progress(next_offset=10)) == [("*", 2, False), ("a", 2, False)]


def test_partial_of_one_that_knows_less_does_not_replace_a_newer_one() -> None:
    story = Story(make_partial({"a": 5}, next_offset=9))
    story.tell(make_partial({"a": 4}, writer="old", next_offset=8))
    assert story.told(make_progress(next_offset=9)) == [("*", 5, False), ("a", 5, False)]


def test_window_of_a_writer_that_died_between_its_parts_is_whole_with_its_successor() -> None:
    story = Story(make_progress(partition=1, watermark=60.0))
    story.tell(make_partial({"a": 5}, writer="dead", next_offset=15))  # "b" was to follow
    story.tell(make_partial({"a": 5}, writer="successor", next_offset=14))
    story.tell(make_partial({"b": 7}, writer="successor", next_offset=14, part=1))
    told = story.told(make_progress(writer="successor", next_offset=14, watermark=60.0))
    assert told == [("*", 12, True), ("a", 5, True), ("b", 7, True)]


def test_partial_told_by_a_successor_from_an_earlier_offset_counts_while_the_newer_one_was_not_told() -> None:
    story = Story(make_progress(next_offset=9))
    story.tell(make_partial({"a": 4}, writer="successor", next_offset=8))
    assert story.told(make_progress(writer="successor", next_offset=9)) == [
        ("*", 4, False),
        ("a", 4, False),
    ]


def test_partial_that_comes_in_parts_is_the_sum_of_them() -> None:
    story = Story(make_partial({"a": 5}), make_partial({"b": 1}, part=1))
    assert story.told(make_progress()) == [("*", 6, False), ("a", 5, False), ("b", 1, False)]


@pytest.mark.parametrize("idle", [False, True], ids=["busy", "idle"])
def test_partial_of_a_window_that_is_over_in_all_partitions_is_passed_over(idle: bool) -> None:
    story = Story(make_partial({"a": 5}), *both_at(60.0))
    story.tell(make_partial({"a": 5}, writer="successor"))
    assert story.told(make_progress(writer="successor", watermark=60.0, idle=idle)) == []


def test_keys_of_partials_are_useless_when_their_window_is_over_in_all_partitions() -> None:
    story = Story(
        make_partial(), make_partial(part=1), make_partial(partition=1), make_progress(watermark=60.0)
    )
    assert story.useless(make_progress(partition=1, watermark=60.0)) == [
        b"0/w/0/60/0",
        b"0/w/0/60/1",
        b"1/w/0/60/0",
    ]
    assert story.useless(make_progress(partition=1, next_offset=2, watermark=70.0)) == []


def test_keys_of_every_writer_a_window_was_made_from_are_useless_when_it_is_over() -> None:
    story = Story(make_partial(), make_partial(writer="successor", next_offset=2))
    story.tell(make_progress(writer="successor", next_offset=2, watermark=60.0))
    assert story.useless(make_progress(partition=1, watermark=60.0)) == [
        b"0/successor/0/60/0",
        b"0/w/0/60/0",
    ]


def test_keys_of_partials_are_kept_while_an_idle_partition_may_still_add_to_their_window() -> None:
    story = Story(make_partial({"a": 2}), make_progress(partition=1, watermark=59.0, idle=True))
    final = story.tell(make_progress(watermark=60.0))
    assert {row.final for row in final.statistics} == {True}
    assert final.useless == []
    assert story.useless(make_progress(partition=1, next_offset=2, watermark=60.0)) == [b"0/w/0/60/0"]


def test_progress_of_a_new_writer_makes_that_of_the_old_one_useless_once_it_is_ahead() -> None:
    story = Story(make_progress(writer="old", next_offset=3))
    assert story.useless(make_progress(writer="new", next_offset=3)) == []
    assert story.useless(make_progress(writer="old", next_offset=3)) == [], "the new one may live"
    assert story.useless(make_progress(writer="new", next_offset=4)) == [b"0/old"]
    assert story.useless(make_progress(writer="new", next_offset=5)) == []
    assert story.useless(make_progress(partition=1, writer="another")) == []


def test_dropped_windows_are_forgotten_and_what_is_left_of_them_is_useless() -> None:
    story = Story(
        make_partial({"a": 2}),
        make_partial({"a": 3}, partition=1),
        make_partial({"a": 1}, window_start=60, window_end=120),
    )
    assert story.merger.drop({Span(0, 60), Span(120, 180)}) == [b"0/w/0/60/0", b"1/w/0/60/0"]
    assert story.merger.drop({Span(0, 60)}) == []
    story.tell(make_progress(watermark=120.0))
    final = story.tell(make_progress(partition=1, watermark=120.0))
    assert [(row.window_start, row.subreddit, row.count) for row in final.statistics if row.final] == [
        (60, "*", 1),
        (60, "a", 1),
    ]


@pytest.mark.parametrize(
    ("key", "span"),
    [
        (make_partial().key, Span(0, 60)),
        (make_partial(partition=3, window_start=120, window_end=180, part=2).key, Span(120, 180)),
        (make_progress().key, None),
        (b"0/w/0/60", None),
        (b"0/w/0/60/0/0", None),
        (b"0/w/zero/60/0", None),
        (b"0/w//60/0", None),
        (b"\xff", None),
        (b"", None),
        (None, None),
    ],
)
def test_span_is_known_by_the_key_of_a_partial_alone(key: bytes | None, span: Span | None) -> None:
    assert span_of(key) == span


def test_keys_of_partials_that_are_passed_over_are_useless() -> None:
    story = Story(make_partial({"a": 5}, next_offset=9), make_partial({"a": 4}, writer="old", next_offset=8))
    story.tell(make_progress(next_offset=9, watermark=60.0))
    assert story.useless(make_progress(partition=1, watermark=60.0)) == [b"0/old/0/60/0", b"0/w/0/60/0"]
    assert story.useless(make_partial({"a": 5}, writer="successor")) == [b"0/successor/0/60/0"]


def test_windows_before_the_epoch_have_names_too() -> None:
    assert span_of(make_partial(window_start=-40, window_end=20).key) == Span(-40, 20)
