from collections.abc import Iterable

import pytest

from modstream.dlq.catalogue import Catalogue, by_reason
from streams.errors import ClassifierRefusedError, InvalidCommentError
from streams.records import EVENT_ID
from streams.topics import MAX_OUTPUT_BYTES
from tests.modstream.dlq.examples import (
    TOPIC,
    FakeRecord,
    make_letter,
    make_prediction_record,
    make_source,
    with_header,
)

REFUSED = ClassifierRefusedError("http://x", 422, "no")


def catalogue_of(
    letters: Iterable[FakeRecord], predicted: Iterable[str] = (), end: int | None = 1_000
) -> Catalogue:
    catalogue = Catalogue(TOPIC)
    for letter in letters:
        catalogue.observe_letter(letter)
    catalogue.input_ends({} if end is None else {(TOPIC, 2): end})
    for event_id in predicted:
        catalogue.observe_prediction(make_prediction_record(event_id))
    return catalogue


def test_no_letters_are_no_cases() -> None:
    catalogue = catalogue_of([])
    assert catalogue.cases() == []
    assert catalogue.letters == 0


def test_newest_letter_of_an_event_counts() -> None:
    letters = [make_letter(offset=1), make_letter(offset=5, error=REFUSED, at_s=1_700_000_009.0)]
    (case,) = catalogue_of(letters).cases()
    assert (case.letter.place.offset, case.letter.reason, case.letters) == (5, "ClassifierRefusedError", 2)


def test_cases_come_in_the_order_of_their_letters() -> None:
    letters = [
        make_letter(make_source(offset=offset), offset=place, at_s=at_s)
        for offset, place, at_s in ((1, 0, 50.0), (2, 1, 30.0), (3, 2, 30.0))
    ]
    assert [case.letter.source.offset for case in catalogue_of(letters).cases()] == [2, 3, 1]


@pytest.mark.parametrize(
    ("letter", "predicted", "end", "state", "obstacle"),
    [
        pytest.param(make_letter(), [], 8, "replayable", None, id="as-it-should-be"),
        pytest.param(make_letter(), ["reddit_stream:2:7"], 8, "recovered", None, id="predicted-since"),
        pytest.param(make_letter(), ["reddit_stream:2:8"], 9, "replayable", None, id="another-predicted"),
        pytest.param(make_letter(), ["nonsense"], 8, "replayable", None, id="nonsense-predicted"),
        pytest.param(make_letter(), [], 7, "not replayable", "ends before", id="topic-made-anew"),
        pytest.param(make_letter(), [], None, "not replayable", "no partition 2", id="fewer-partitions"),
        pytest.param(
            make_letter(make_source(topic="other")),
            [],
            8,
            "not replayable",
            "another topic",
            id="other-topic",
        ),
        pytest.param(
            make_letter(make_source(value=b"x" * MAX_OUTPUT_BYTES)),
            [],
            8,
            "not replayable",
            "too large",
            id="too-large",
        ),
        pytest.param(
            make_letter(make_source(value=b"x" * MAX_OUTPUT_BYTES)),
            ["reddit_stream:2:7"],
            8,
            "recovered",
            "too large",
            id="too-large-but-predicted",
        ),
    ],
)
def test_state_says_what_a_replay_would_do(
    letter: FakeRecord, predicted: list[str], end: int | None, state: str, obstacle: str | None
) -> None:
    (case,) = catalogue_of([letter], predicted, end).cases()
    assert case.state == state
    assert case.obstacle is None if obstacle is None else obstacle in (case.obstacle or "")


def test_records_that_name_no_event_are_counted_and_passed_over() -> None:
    catalogue = catalogue_of([with_header(make_letter(), EVENT_ID, None), make_letter()])
    catalogue.observe_prediction(make_prediction_record("x", headers=()))
    assert (catalogue.unreadable, catalogue.letters) == (1, 1)
    assert catalogue.cases()[0].recovered is False


def test_predictions_are_wanted_from_the_earliest_letter_on() -> None:
    letters = [
        make_letter(offset=0, timestamp=500),
        make_letter(offset=1, timestamp=300),
        make_letter(make_source(partition=1), timestamp=900),
    ]
    assert catalogue_of(letters).since_ms == {2: 300, 1: 900}


def test_reason_is_that_of_the_newest_letter_however_capitalised() -> None:
    letters = [
        make_letter(make_source(offset=1), error=REFUSED),
        make_letter(make_source(offset=1), error=InvalidCommentError("x")),
        make_letter(make_source(offset=2), error=REFUSED),
    ]
    found = catalogue_of(letters).cases("classifierrefusederror")
    assert [case.letter.source.offset for case in found] == [2]
    assert catalogue_of(letters).cases("nothing") == []


def test_id_is_an_event_or_else_a_comment() -> None:
    letters = [
        make_letter(make_source(offset=1, key=b"c9")),
        make_letter(make_source(offset=2, key=b"c9")),
        make_letter(make_source(offset=3, key=b"reddit_stream:2:1")),
    ]
    catalogue = catalogue_of(letters)
    assert [case.letter.source.offset for case in catalogue.find("reddit_stream:2:1")] == [1]
    assert [case.letter.source.offset for case in catalogue.find("c9")] == [1, 2]
    assert catalogue.find("c") == []


def test_reasons_are_counted_by_state_the_most_frequent_first() -> None:
    letters = [make_letter(make_source(offset=1))]
    letters += [make_letter(make_source(offset=offset), error=REFUSED) for offset in (2, 3)]
    counted = list(by_reason(catalogue_of(letters, ["reddit_stream:2:3"]).cases()))
    assert counted == [
        ("ClassifierRefusedError", {"replayable": 1, "recovered": 1}),
        ("InvalidCommentError", {"replayable": 1}),
    ]
