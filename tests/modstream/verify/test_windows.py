"""Rows of the statistics and late comments, held against a recount of the predictions."""

from collections.abc import Callable

import msgspec
import pytest

from modstream.verify.accounts import Accounts
from modstream.verify.outputs import Forecast, Source, UnreadableOutputError
from modstream.verify.verdict import WINDOW_ERRORS, Offender
from modstream.verify.windows import ROWS_SHOWN, WindowAccounts, WindowCounts
from streams.records import encode
from streams.window_records import LateComment, WindowStats
from streams.windows import BINS, WindowSpec

TOPIC = "reddit_stream"
STATISTICS = "reddit_window_stats"
SPEC = WindowSpec(60, 60, 30.0)


def make_row(**changes: object) -> WindowStats:
    """Return the final row of the window from 0 to 60 for two comments of probability 0.4."""
    row = WindowStats(
        window_start=0,
        window_end=60,
        subreddit="*",
        count=2,
        alerts=0,
        mean_probability=0.4,
        probability_histogram=[2 * (place == 8) for place in range(BINS)],
        late=0,
        revision=7,
        final=True,
    )
    return msgspec.structs.replace(row, **changes)


class Story:
    """What is on the topics, told in short: one partition, unless more are named."""

    def __init__(self, partitions: int = 1, spec: WindowSpec = SPEC) -> None:
        self.accounts = WindowAccounts(TOPIC, STATISTICS, 0.5, spec, partitions)
        self._next_prediction = [0] * partitions
        self._next_row = 0

    def predicted(
        self,
        time: float,
        probability: float = 0.4,
        *,
        partition: int = 0,
        offset: int | None = None,
        topic: str = TOPIC,
        by: int | None = None,
        subreddit: str | None = "a",
    ) -> "Story":
        if offset is None:
            offset = self._next_prediction[partition]
            self._next_prediction[partition] = offset + 1
        source = Source(topic, partition, offset)
        self.accounts.observe_prediction(Forecast(source, "c", probability, 1, by, time, subreddit))
        return self

    def told_late(self, offset: int, *, reason: str = "late", partition: int = 0) -> "Story":
        late = LateComment(
            id="c",
            subreddit="a",
            created_utc=0.0,
            event_id=f"{TOPIC}:{partition}:{offset}",
            reason=reason,  # type: ignore[arg-type]  # the cases name it
            by_s=1.0,
        )
        self.accounts.observe_late(encode(late))
        return self

    def told(self, *rows: WindowStats) -> "Story":
        for row in rows:
            self.accounts.observe_statistics(3, self._next_row, encode(row))
            self._next_row += 1
        return self

    @property
    def counts(self) -> WindowCounts:
        return self.accounts.counts()


def past() -> Story:
    """Return a story with two comments in a window that nothing can change, and one in an open window."""
    return Story().predicted(10.0).predicted(20.0).predicted(100.0)


STAR, A = make_row(), make_row(subreddit="a")


def test_nothing_is_settled_and_nothing_wrong_at_the_beginning() -> None:
    assert Story().counts == WindowCounts(0, 0, 0, 0, 0, 0, 0, 0, ())
    assert Story().counts.settled


def test_final_rows_that_equal_the_recount_are_right() -> None:
    counts = past().told(STAR, A).counts
    assert counts == WindowCounts(
        final=2, open=2, missing=0, wrong=0, other=0, late=0, ahead=0, late_wrong=0, offenders=()
    )
    assert counts.settled


def test_answer_is_the_same_when_asked_again() -> None:
    story = past()
    assert story.counts == story.counts
    story.told(STAR)
    assert story.counts == story.counts
    story.told(A)
    assert story.counts == story.counts == past().told(STAR, A).counts


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 3},
        {"alerts": 1},
        {"mean_probability": 0.4000000001},
        {"mean_probability": None},
        {"probability_histogram": [2 * (place == 9) for place in range(BINS)]},
        {"late": 1},
    ],
    ids=["count", "alerts", "mean", "no mean", "histogram", "late"],
)
def test_final_row_with_another_figure_is_wrong_and_named(changes: dict[str, object]) -> None:
    counts = past().told(A, make_row(**changes)).counts
    assert (counts.final, counts.missing, counts.wrong, counts.settled) == (1, 0, 1, False)
    assert counts.offenders == (Offender("windows_wrong", STATISTICS, 3, 1, window="0/60/*"),)


def test_row_that_was_not_published_is_missing_and_named() -> None:
    counts = past().told(STAR).counts
    assert (counts.final, counts.missing, counts.wrong, counts.settled) == (1, 1, 0, False)
    assert counts.offenders == (Offender("windows_missing", STATISTICS, -1, -1, window="0/60/a"),)


def test_row_that_never_became_final_is_missing_and_named() -> None:
    counts = past().told(STAR, make_row(subreddit="a", final=False)).counts
    assert (counts.final, counts.missing, counts.settled) == (1, 1, False)
    assert counts.offenders == (Offender("windows_missing", STATISTICS, 3, 1, window="0/60/a"),)


def test_some_of_many_wrong_rows_are_named() -> None:
    story = Story()
    for number in range(2 * ROWS_SHOWN):
        story.predicted(10.0, subreddit=f"r{number}")
    counts = story.predicted(100.0).counts
    assert (counts.missing, len(counts.offenders)) == (2 * ROWS_SHOWN + 1, ROWS_SHOWN)


@pytest.mark.parametrize(
    ("rows", "wrong", "missing"),
    [
        ([make_row(count=1, final=False, revision=6), STAR], 0, 0),
        ([make_row(count=1, revision=6), STAR], 0, 0),
        ([STAR, make_row(count=1, revision=6)], 0, 0),
        ([STAR, make_row(count=1, revision=8)], 1, 0),
        ([STAR, make_row(final=False, revision=8)], 0, 1),
        ([STAR, STAR], 0, 0),
        ([make_row(count=1), STAR], 0, 0),
    ],
    ids=[
        "provisional, then final",
        "final twice",
        "older comes later",
        "newer is wrong",
        "newer is not final",
        "redelivered",
        "same revision again",
    ],
)
def test_newest_revision_counts(rows: list[WindowStats], wrong: int, missing: int) -> None:
    counts = past().told(A, *rows).counts
    assert (counts.wrong, counts.missing) == (wrong, missing)


def test_wrong_row_is_right_once_a_newer_revision_is() -> None:
    story = past().told(A, make_row(count=1))
    assert story.counts.wrong == 1
    assert story.told(make_row(revision=8)).counts == past().told(A, STAR).counts


def test_rows_of_open_windows_are_open_whatever_they_say() -> None:
    counts = Story().predicted(10.0).told(make_row(count=5), make_row(subreddit="a", final=False)).counts
    assert (counts.open, counts.final, counts.settled) == (2, 0, True)


def test_row_that_an_idle_partition_made_final_counts_as_final() -> None:
    assert Story().predicted(10.0).predicted(20.0).told(STAR, A).counts.final == 2


def test_windows_stay_open_while_a_partition_has_no_comment() -> None:
    counts = Story(2).predicted(10.0).predicted(500.0).counts
    assert (counts.open, counts.missing) == (4, 0)


def test_comments_of_all_partitions_are_in_the_rows() -> None:
    story = Story(2).predicted(10.0).predicted(100.0)
    story.predicted(20.0, partition=1).predicted(100.0, partition=1)
    assert story.told(STAR, A).counts.final == 2


def test_alerts_are_those_above_the_threshold_strictly() -> None:
    row = make_row(
        alerts=1, mean_probability=0.55, probability_histogram=[int(n in (10, 12)) for n in range(BINS)]
    )
    story = Story().predicted(10.0, 0.5).predicted(20.0, 0.6).predicted(100.0)
    assert story.told(row, msgspec.structs.replace(row, subreddit="a")).counts.final == 2


def late_story() -> Story:
    """Return a story whose third comment, of offset 2, is late."""
    return Story().told_late(2).predicted(70.0).predicted(100.0).predicted(69.0)


def test_late_comments_that_were_told_of_are_counted() -> None:
    counts = late_story().counts
    assert (counts.late, counts.late_wrong) == (1, 0)


@pytest.mark.parametrize(
    ("tell", "late", "late_wrong"),
    [
        (lambda story: story.predicted(68.0), 2, 1),
        (lambda story: story.predicted(100.0).told_late(3), 1, 1),
        (lambda story: story.told_late(99), 1, 1),
        (lambda story: story.told_late(2, partition=5), 1, 1),
        (lambda story: story.told_late(2), 1, 0),
    ],
    ids=["not told of", "told of and not late", "of no comment", "of no partition", "told of twice"],
)
def test_late_comment_that_the_recount_does_not_agree_about_is_wrong(
    tell: Callable[[Story], Story], late: int, late_wrong: int
) -> None:
    counts = tell(late_story()).counts
    assert (counts.late, counts.late_wrong, counts.settled) == (late, late_wrong, not late_wrong)


def test_comment_ahead_of_its_time_is_not_late_and_in_no_row() -> None:
    story = Story().told_late(1, reason="ahead").predicted(10.0).predicted(1e9).predicted(20.0)
    counts = story.predicted(100.0).told(STAR, A).counts
    assert (counts.final, counts.late, counts.ahead) == (2, 0, 1)
    assert (counts.late_wrong, counts.settled) == (0, True)


def test_late_comment_beside_one_that_is_ahead_is_counted_apart() -> None:
    story = Story().told_late(0, reason="ahead").told_late(2).told_late(7, reason="ahead")
    counts = story.predicted(1e9).predicted(100.0).predicted(10.0).counts
    assert (counts.late, counts.ahead, counts.late_wrong) == (1, 1, 1)


@pytest.mark.parametrize(
    "tell",
    [
        lambda story: story.predicted(10.0, offset=0).predicted(20.0, offset=1),
        lambda story: story.predicted(10.0, offset=50, by=60),
        lambda story: story.predicted(10.0, offset=50, topic="another"),
        lambda story: story.predicted(10.0, offset=50, partition=1),
    ],
    ids=["redelivered", "brought back", "of another topic", "of no partition"],
)
@pytest.mark.parametrize("afterwards", [False, True])
def test_prediction_that_windows_do_not_count_changes_nothing(
    tell: Callable[[Story], Story], afterwards: bool
) -> None:
    story = Story().predicted(10.0).predicted(20.0)
    story = tell(story).predicted(100.0) if not afterwards else tell(story.predicted(100.0))
    counts = story.told(STAR, A).counts
    assert (counts.final, counts.open, counts.late, counts.late_wrong) == (2, 2, 0, 0)
    assert counts.settled


@pytest.mark.parametrize(("start", "end"), [(0, 30), (0, 120), (30, 60)])
def test_rows_of_windows_of_another_size_are_ignored(start: int, end: int) -> None:
    story = past().told(STAR, A, make_row(window_start=start, window_end=end, count=9))
    assert story.counts == past().told(STAR, A).counts._replace(other=1)


@pytest.mark.parametrize(
    ("starts", "told_step_s"),
    [
        pytest.param([0, 60, 180], 0, id="as-it-should-be"),
        pytest.param([0, 40], 20, id="windows-that-overlap"),
        pytest.param([], 0, id="no-rows"),
    ],
)
def test_another_step_is_told_by_where_the_rows_start(starts: list[int], told_step_s: int) -> None:
    story = past().told(*[make_row(window_start=start, window_end=start + 60) for start in starts])
    assert story.counts.step_s == told_step_s


def test_windows_that_do_not_overlap_are_told_from_those_expected() -> None:
    story = Story(spec=WindowSpec(60, 20, 30.0)).predicted(10.0).predicted(200.0)
    assert (story.counts.missing > 0, story.counts.step_s) == (True, 0)
    story.told(STAR, A)
    assert (story.counts.missing > 0, story.counts.step_s) == (True, 60)


UNREADABLE = {
    "no value": None,
    "empty": b"",
    "text": b"hello",
    "no fields": b"{}",
    "bytes": b"\xff",
    "bytes in text": b'{"id": "\xff"}',
    "nothing but beginnings": b"[" * 100_000,
}


@pytest.mark.parametrize("value", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_record_is_an_error(value: bytes | None) -> None:
    accounts = Story().accounts
    with pytest.raises(UnreadableOutputError):
        accounts.observe_late(value)
    with pytest.raises(UnreadableOutputError):
        accounts.observe_statistics(0, 0, value)


@pytest.mark.parametrize(
    "changes",
    [{"event_id": "somewhere"}, {"event_id": f"{TOPIC}:0:x"}, {"reason": "tired"}, {"by_s": "long"}],
    ids=["no event id", "no offset", "no such reason", "no number"],
)
def test_late_comment_with_a_field_that_cannot_be_is_an_error(changes: dict[str, object]) -> None:
    late = {
        "id": "c",
        "subreddit": None,
        "created_utc": 0.0,
        "event_id": f"{TOPIC}:0:1",
        "reason": "late",
        "by_s": 1.0,
    }
    Story().accounts.observe_late(encode(late))
    with pytest.raises(UnreadableOutputError):
        Story().accounts.observe_late(encode(late | changes))


def test_verdict_has_the_counts_and_the_offenders_of_windows_beside_those_of_comments() -> None:
    comments = Accounts(TOPIC, 0.5)
    comments.open_partition(0, 0)
    comments.account_until(0, 1)
    comments.observe_input(0, 0)
    before = comments.verdict()
    counts = WindowCounts(
        final=1,
        open=2,
        missing=3,
        wrong=4,
        other=7,
        late=5,
        ahead=9,
        late_wrong=6,
        offenders=(Offender("x", "t", 0, 0),),
        step_s=8,
    )
    verdict = counts.added_to(before)
    assert (verdict.windows, verdict.windows_open, verdict.windows_missing, verdict.windows_wrong) == (
        1,
        2,
        3,
        4,
    )
    assert (verdict.late, verdict.late_wrong, verdict.windows_checked) == (5, 6, True)
    assert verdict.ahead == 9
    assert (verdict.windows_other, verdict.windows_step_s) == (7, 8)
    assert (before.windows_checked, before.missing, verdict.missing) == (False, 1, 1)
    assert [each.kind for each in verdict.offenders] == ["missing", "x"]


@pytest.mark.parametrize("wrong", [None, *WINDOW_ERRORS])
@pytest.mark.parametrize("comments_ok", [True, False])
def test_verdict_is_ok_when_comments_and_windows_are(wrong: str | None, comments_ok: bool) -> None:
    counts = WindowCounts(
        final=1,
        open=1,
        missing=int(wrong == "windows_missing"),
        wrong=int(wrong == "windows_wrong"),
        other=0,
        late=1,
        ahead=0,
        late_wrong=int(wrong == "late_wrong"),
        offenders=(),
    )
    verdict = msgspec.structs.replace(Accounts(TOPIC, 0.5).verdict(), ok=comments_ok)
    assert counts.added_to(verdict).ok is (comments_ok and wrong is None)


def test_final_row_of_nothing_in_a_past_window_is_wrong() -> None:
    assert past().told(STAR, A, make_row(subreddit="nobody")).counts.wrong == 1


def test_final_row_of_a_past_window_without_comments_is_wrong() -> None:
    story = Story().predicted(10.0).predicted(20.0).predicted(300.0).told(STAR, A)
    assert story.told(make_row(window_start=120, window_end=180)).counts.wrong == 1


def test_late_comment_of_another_topic_is_none_here() -> None:
    story = Story().predicted(70.0).predicted(100.0).predicted(69.0)
    other = LateComment(
        id="c", subreddit="a", created_utc=0.0, event_id="another:0:2", reason="late", by_s=1.0
    )
    story.accounts.observe_late(encode(other))
    assert story.counts.late_wrong == 1
