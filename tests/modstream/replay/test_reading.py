from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec
import pytest

from modstream.replay.reading import outgoing, rounds, shuffled

Rows = Iterable[tuple[Mapping[str, Any], str]]


def rows_of(count: int) -> Rows:
    return [
        ({"id": f"c{number}", "body": "words"}, f"comments.csv, line {number + 2}") for number in range(count)
    ]


def sent(fields: Mapping[str, Any]) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(outgoing(fields, "comments.csv, line 2").value)
    return decoded


def test_the_label_never_goes_on_the_stream() -> None:
    assert sent({"id": "c1", "body": "words", "removed": "1"}) == {"id": "c1", "body": "words"}


def test_every_other_field_goes_on_the_stream() -> None:
    fields = {"id": "c1", "body": "wörds", "author": "a", "gilded": 3, "edited": False, "nested": {"a": [1]}}
    assert sent(fields) == fields


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"created_utc": "1600000000"}, {"created_utc": 1_600_000_000.0}, id="time in digits"),
        pytest.param({"created_utc": 1_600_000_000}, {"created_utc": 1_600_000_000}, id="time as a number"),
        pytest.param({"created_utc": ""}, {}, id="empty time"),
        pytest.param({"created_utc": None}, {}, id="null time"),
        pytest.param(
            {"created_utc": "noon"}, {"created_utc": "noon"}, id="what is no time stays, to be refused"
        ),
        pytest.param({"score": "-12"}, {"score": -12}, id="score in digits"),
        pytest.param({"author": "12"}, {"author": "12"}, id="digits in a text field stay text"),
    ],
)
def test_digits_of_number_fields_become_numbers(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent({"id": "c1", "body": "words"} | given) == {"id": "c1", "body": "words"} | expected


@pytest.mark.parametrize(
    ("created_utc", "expected"),
    [
        ("1600000000", 1.6e9),
        (1_600_000_000, 1.6e9),
        ("", None),
        ("noon", None),
        ("nan", None),
        (True, None),
        (10**400, None),
    ],
)
def test_the_pace_sees_when_a_comment_was_written(created_utc: Any, expected: float | None) -> None:
    assert outgoing({"id": "c1", "body": "x", "created_utc": created_utc}, "x").created_utc == expected


def test_one_round_keeps_ids() -> None:
    assert [each.id for each in rounds(lambda: rows_of(2))] == ["c0", "c1"]


def test_further_rounds_have_ids_of_their_own() -> None:
    comments = list(islice(rounds(lambda: rows_of(2), forever=True), 6))
    assert [each.id for each in comments] == ["c0", "c1", "c0-2", "c1-2", "c0-3", "c1-3"]
    assert [msgspec.json.decode(each.value)["id"] for each in comments] == [each.id for each in comments]
    assert [each.round for each in comments] == [1, 1, 2, 2, 3, 3]


def test_no_rows_end_even_an_endless_replay() -> None:
    assert list(rounds(lambda: rows_of(0), forever=True)) == []


def test_a_seed_decides_the_order() -> None:
    orders = [[each.id for each in rounds(shuffled(lambda: rows_of(50), seed))] for seed in (7, 7, 8)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(each.id for each in rounds(lambda: rows_of(50)))


def test_shuffled_rounds_read_once_and_differ() -> None:
    reads = 0

    def read() -> Rows:
        nonlocal reads
        reads += 1
        return rows_of(50)

    ids = [each.id.split("-")[0] for each in islice(rounds(shuffled(read, 7), forever=True), 100)]
    assert reads == 1
    assert ids[:50] != ids[50:]
    assert sorted(ids[:50]) == sorted(ids[50:])
