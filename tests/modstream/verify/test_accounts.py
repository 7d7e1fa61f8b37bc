from collections.abc import Callable

import pytest

from modstream.verify.accounts import OFFENDERS_SHOWN, Accounts, Position
from modstream.verify.outputs import Forecast, Rejected, Source, Warned
from modstream.verify.verdict import Verdict

TOPIC = "reddit_stream"


class Story:
    """Four inputs, offsets 10 to 13 of partition 0, and what became of them, told in short."""

    def __init__(self) -> None:
        self.accounts = Accounts(TOPIC, threshold=0.5)
        self.accounts.open_partition(0, 10)
        self.accounts.open_partition(1, 0)
        self.accounts.account_until(0, 14)
        for offset in range(10, 14):
            self.accounts.observe_input(0, offset)
        self._next = 0

    def at(self, topic: str, partition: int) -> Position:
        self._next += 1
        return Position(topic, partition, self._next)

    def predicted(
        self,
        offset: int,
        probability: float = 0.1,
        *,
        content: int = 7,
        on: int = 0,
        partition: int = 0,
        topic: str = TOPIC,
        by: int | None = None,
    ) -> "Story":
        forecast = Forecast(Source(topic, partition, offset), f"c{offset}", probability, content, by)
        self.accounts.observe_prediction(self.at("reddit_prediction", on), forecast)
        return self

    def rejected(self, offset: int, content: int = 9, *, by: int | None = None) -> "Story":
        rejected = Rejected(Source(TOPIC, 0, offset), f"c{offset}", content, by)
        self.accounts.observe_dead_letter(self.at("reddit_dead_letter", 0), rejected)
        return self

    def warned(
        self, offset: int, told: int = 7, content: int = 8, above: bool = True, by: int | None = None
    ) -> "Story":
        warned = Warned(Source(TOPIC, 0, offset), f"c{offset}", above, told, content, by)
        self.accounts.observe_alert(self.at("reddit_mod_alert", 0), warned)
        return self

    def brought_back(self, *offsets: int) -> "Story":
        """Put records on the stream that bring earlier ones back."""
        for offset in offsets:
            self.accounts.account_until(0, offset + 1)
            self.accounts.observe_resubmission(0, offset)
        return self

    @property
    def verdict(self) -> Verdict:
        return self.accounts.verdict()


def all_well() -> Story:
    return Story().predicted(10).rejected(11).predicted(12, probability=0.9).warned(12).predicted(13)


def test_a_full_account_is_ok() -> None:
    verdict = all_well().verdict
    assert verdict.ok
    assert verdict.offenders == ()
    assert (verdict.inputs, verdict.predicted, verdict.dead_lettered, verdict.alerts) == (4, 3, 1, 1)


def test_no_inputs_and_no_outputs_are_ok() -> None:
    verdict = Accounts(TOPIC, 0.5).verdict()
    assert verdict.ok
    assert verdict.inputs == 0


def test_an_input_without_outcome_is_missing_and_named() -> None:
    verdict = Story().predicted(10).predicted(11).predicted(13).verdict
    assert not verdict.ok
    assert verdict.missing == 1
    assert [(each.kind, each.topic, each.partition, each.offset) for each in verdict.offenders] == [
        ("missing", TOPIC, 0, 12)
    ]


@pytest.mark.parametrize(
    "repeat",
    [
        pytest.param(lambda story: story.predicted(10), id="prediction"),
        pytest.param(lambda story: story.rejected(11), id="dead letter"),
        pytest.param(lambda story: story.warned(12), id="alert"),
        pytest.param(lambda story: story.predicted(13).rejected(11).predicted(10), id="several, late"),
    ],
)
def test_a_repetition_is_no_error(repeat: Callable[[Story], Story]) -> None:
    verdict = repeat(all_well()).verdict
    assert verdict.ok
    assert verdict.redelivered >= 1


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param(lambda s: s.predicted(10, content=70), "conflicting", id="another prediction"),
        pytest.param(lambda s: s.rejected(11, content=90), "conflicting", id="another dead letter"),
        pytest.param(lambda s: s.warned(12, content=80), "conflicting", id="another alert"),
        pytest.param(lambda s: s.rejected(13), "conflicting", id="predicted, then dead-lettered"),
        pytest.param(lambda s: s.predicted(11), "conflicting", id="dead-lettered, then predicted"),
        pytest.param(lambda s: s.predicted(14), "orphaned", id="offset that does not exist"),
        pytest.param(lambda s: s.predicted(10**18), "orphaned", id="offset far beyond the end"),
        pytest.param(
            lambda s: s.predicted(0, partition=9, on=9), "orphaned", id="partition that does not exist"
        ),
        pytest.param(lambda s: s.predicted(10, topic="another"), "orphaned", id="another topic"),
        pytest.param(lambda s: s.predicted(10, on=1), "misplaced", id="another partition number"),
        pytest.param(lambda s: s.warned(11), "alerts_unexpected", id="alert without prediction"),
        pytest.param(lambda s: s.warned(13, told=77), "alerts_unexpected", id="alert unlike its prediction"),
        pytest.param(
            lambda s: s.warned(13, above=False), "alerts_unexpected", id="alert not above its own threshold"
        ),
    ],
)
def test_an_error_is_counted_under_its_name(change: Callable[[Story], Story], kind: str) -> None:
    verdict = change(all_well()).verdict
    assert getattr(verdict, kind) == 1
    assert not verdict.ok
    assert kind in {each.kind for each in verdict.offenders}


def test_a_prediction_above_the_threshold_needs_its_alert() -> None:
    verdict = Story().predicted(10, probability=0.9).verdict
    assert verdict.alerts_missing == 1


def test_a_prediction_at_the_threshold_needs_none() -> None:
    assert Story().predicted(10, probability=0.5).verdict.alerts_missing == 0


@pytest.mark.parametrize("told", [7, 77], ids=["like", "unlike"])
def test_an_alert_may_be_read_before_its_prediction(told: int) -> None:
    verdict = Story().warned(10, told=told).predicted(10, probability=0.9).verdict
    assert verdict.alerts_unexpected == (told != 7)


def test_first_outcomes_out_of_source_order_are_errors() -> None:
    verdict = Story().predicted(11).predicted(10).predicted(12).predicted(13).verdict
    assert verdict.out_of_order == 1
    assert verdict.offenders[0].event_id == "reddit_stream:0:10"


def test_gaps_in_the_input_are_no_losses() -> None:
    accounts = Accounts(TOPIC, 0.5)
    accounts.open_partition(0, 0)
    accounts.account_until(0, 100)
    accounts.observe_input(0, 50)
    assert (accounts.verdict().inputs, accounts.verdict().missing) == (1, 1)


def test_an_output_for_a_gap_is_orphaned() -> None:
    accounts = Accounts(TOPIC, 0.5)
    accounts.open_partition(0, 0)
    accounts.account_until(0, 2)
    accounts.observe_input(0, 0)
    forecasts = [Forecast(Source(TOPIC, 0, offset), "c", 0.1, 7) for offset in (0, 1)]
    for offset, forecast in enumerate(forecasts):
        accounts.observe_prediction(Position("reddit_prediction", 0, offset), forecast)
    assert (accounts.verdict().orphaned, accounts.verdict().predicted) == (1, 1)


def test_outputs_of_inputs_that_retention_deleted_are_expired() -> None:
    verdict = all_well().predicted(9).predicted(3).verdict
    assert verdict.ok
    assert verdict.expired == 2


def test_outputs_of_inputs_later_than_the_account_are_early_not_orphaned() -> None:
    story = all_well()
    story.accounts.known_until(0, 16)
    verdict = story.predicted(14).predicted(15).verdict
    assert verdict.ok
    assert (verdict.inputs, verdict.predicted) == (4, 3)
    story.accounts.account_until(0, 16)
    for offset in (14, 15):
        story.accounts.observe_input(0, offset)
    assert story.verdict.ok
    assert (story.verdict.inputs, story.verdict.predicted) == (6, 5)


def test_malformed_outputs_are_named_by_their_coordinates() -> None:
    story = all_well()
    story.accounts.observe_malformed(Position("reddit_prediction", 3, 44))
    offender = story.verdict.offenders[0]
    assert (offender.kind, offender.topic, offender.partition, offender.offset) == (
        "malformed",
        "reddit_prediction",
        3,
        44,
    )


def test_only_so_many_offenders_are_named_and_no_kind_hides_another() -> None:
    accounts = Accounts(TOPIC, 0.5)
    accounts.open_partition(0, 0)
    accounts.account_until(0, 1000)
    for offset in range(1000):
        accounts.observe_input(0, offset)
    for offset in range(100):
        accounts.observe_malformed(Position("reddit_prediction", 0, offset))
    offenders = accounts.verdict().offenders
    assert len(offenders) == OFFENDERS_SHOWN
    assert {each.kind for each in offenders} == {"missing", "malformed"}


@pytest.mark.parametrize(
    ("story", "settled"),
    [
        pytest.param(all_well, True, id="all well"),
        pytest.param(lambda: Story().predicted(10), False, id="outcomes missing"),
        pytest.param(lambda: all_well().warned(11), False, id="alert before its prediction"),
        pytest.param(lambda: all_well().rejected(13), True, id="a conflict, which waiting does not heal"),
    ],
)
def test_waiting_ends_when_nothing_can_come_any_more(story: Callable[[], Story], settled: bool) -> None:
    assert story().accounts.settled is settled


def test_an_entry_takes_a_few_dozen_bytes() -> None:
    accounts = Accounts(TOPIC, 0.5)
    accounts.open_partition(0, 0)
    accounts.account_until(0, 1_000_000)
    assert accounts.size_bytes / 1_000_000 == 26
    letter = Rejected(Source(TOPIC, 0, 5), "c", 9)
    accounts.observe_dead_letter(Position("reddit_dead_letter", 0, 0), letter)
    assert accounts.size_bytes / 1_000_000 == 34


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(lambda s: s.rejected(10).predicted(10, by=14), id="letter, then prediction"),
        pytest.param(lambda s: s.predicted(10, by=14).rejected(10), id="prediction, then letter"),
    ],
)
def test_a_dead_letter_that_comes_back_is_recovered_in_whatever_order_it_is_read(
    told: Callable[[Story], Story],
) -> None:
    verdict = told(Story().brought_back(14).predicted(11).predicted(12).predicted(13)).verdict
    assert verdict.ok, verdict
    assert (verdict.inputs, verdict.predicted, verdict.recovered, verdict.dead_lettered) == (4, 4, 1, 0)
    assert (verdict.resubmitted, verdict.redelivered, verdict.missing) == (1, 0, 0)


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        pytest.param(
            lambda s: s.predicted(11, by=14).predicted(11, by=15),
            {"recovered": 1, "redelivered": 1},
            id="predicted twice",
        ),
        pytest.param(
            lambda s: s.rejected(11, by=14).rejected(11, by=15),
            {"dead_lettered": 1, "redelivered": 2},
            id="rejected twice",
        ),
        pytest.param(
            lambda s: s.rejected(11, content=99, by=14).rejected(11, content=98, by=15),
            {"dead_lettered": 1, "redelivered": 2},
            id="rejected for other reasons",
        ),
        pytest.param(
            lambda s: s.rejected(11, content=99, by=14).predicted(11, by=15),
            {"recovered": 1, "dead_lettered": 0, "redelivered": 1},
            id="rejected, then predicted",
        ),
        pytest.param(
            lambda s: s.predicted(11, by=14).rejected(11, content=99, by=15),
            {"recovered": 1, "dead_lettered": 0, "redelivered": 1},
            id="predicted, then rejected",
        ),
        pytest.param(
            lambda s: s.warned(11, by=14).predicted(11, 0.9, by=14).rejected(11, by=15),
            {"recovered": 1, "alerts": 2},
            id="with an alert",
        ),
        pytest.param(
            lambda s: s.predicted(10, by=14).predicted(10, by=15),
            {"predicted": 3, "recovered": 0, "redelivered": 2},
            id="of a comment that was predicted at once",
        ),
        pytest.param(
            lambda s: s.predicted(9, by=14).predicted(9, by=15),
            {"expired": 2, "recovered": 0},
            id="of a comment that retention deleted",
        ),
    ],
)
def test_what_a_resubmission_gives_is_fine(again: Callable[[Story], Story], expected: dict[str, int]) -> None:
    verdict = again(all_well().brought_back(14, 15)).verdict
    assert verdict.ok, verdict
    assert {name: getattr(verdict, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("again", "kind"),
    [
        pytest.param(lambda s: s.brought_back(14), "missing", id="lost resubmission"),
        pytest.param(
            lambda s: s.brought_back(14).predicted(11, by=14).predicted(11, content=70, by=14),
            "conflicting",
            id="unlike predictions",
        ),
        pytest.param(
            lambda s: s.brought_back(14).predicted(10, content=70, by=14),
            "conflicting",
            id="unlike the prediction that was there",
        ),
        pytest.param(
            lambda s: s.brought_back(14).rejected(10, by=14), "conflicting", id="rejected though predicted"
        ),
        pytest.param(
            lambda s: s.brought_back(14).predicted(11, by=14).predicted(11),
            "conflicting",
            id="predicted at once as well",
        ),
        pytest.param(lambda s: s.predicted(11, by=13), "orphaned", id="by a comment of its own"),
        pytest.param(lambda s: s.predicted(11, by=14), "orphaned", id="by a record that does not exist"),
        pytest.param(lambda s: s.predicted(9, by=13), "orphaned", id="of the past, by a comment of its own"),
        pytest.param(
            lambda s: s.brought_back(14).predicted(14), "orphaned", id="as if it were a comment of its own"
        ),
        pytest.param(
            lambda s: s.brought_back(14, 15).predicted(11, by=14).predicted(14, by=15),
            "orphaned",
            id="of a resubmission",
        ),
        pytest.param(
            lambda s: s.brought_back(14).predicted(11, probability=0.9, by=14),
            "alerts_missing",
            id="without its alert",
        ),
        pytest.param(
            lambda s: s.brought_back(14).predicted(11, on=1, by=14), "misplaced", id="on another partition"
        ),
    ],
)
def test_what_a_resubmission_must_not_do_is_an_error(again: Callable[[Story], Story], kind: str) -> None:
    verdict = again(all_well()).verdict
    assert getattr(verdict, kind) == 1, verdict
    assert kind in {each.kind for each in verdict.offenders}


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda s: s.predicted(13, by=14), id="predicted"),
        pytest.param(lambda s: s.rejected(13, by=14), id="rejected"),
    ],
)
def test_a_resubmission_hides_no_loss(forged: Callable[[Story], Story]) -> None:
    story = Story().predicted(10).predicted(11).predicted(12).brought_back(14)
    verdict = forged(story).verdict
    assert (verdict.missing, verdict.recovered, verdict.predicted, verdict.dead_lettered) == (1, 0, 3, 0)
    assert verdict.offenders[0].offset == 13


def test_outputs_of_resubmissions_may_come_late_and_hold_nobody_up() -> None:
    story = all_well().brought_back(14, 15).predicted(11, by=14).rejected(11, by=15)
    story.accounts.account_until(0, 17)
    story.accounts.observe_input(0, 16)
    assert story.predicted(16).verdict.ok


def test_order_is_asked_of_no_resubmission_even_if_it_is_the_first_to_tell() -> None:
    story = Story().brought_back(14, 15).rejected(12).rejected(11, by=14).predicted(13).predicted(10, by=15)
    assert story.verdict.out_of_order == 0


def test_waiting_lasts_until_resubmissions_have_come_out() -> None:
    story = all_well().brought_back(14)
    assert not story.accounts.settled
    assert story.predicted(11, by=14).accounts.settled
