import math

import msgspec
import pytest

from streams.errors import InvalidCommentError
from streams.records import Alert, Reason, encode, parse_comment
from tests.streams.examples import make_comment, make_prediction, make_record


def test_comment_comes_back_as_it_was_written() -> None:
    comment = make_comment(author="user_1", score=-4, link_id="t3_x", parent_id="t1_y")
    assert parse_comment(make_record(comment)) == comment


def test_unknown_fields_are_ignored() -> None:
    record = make_record(value=b'{"id":"a","body":"b","gilded":1,"all_awardings":[{"x":[1]}]}')
    assert parse_comment(record).id == "a"


def test_kafka_timestamp_stands_in_for_an_absent_time() -> None:
    record = make_record(value=b'{"id":"a","body":"b"}', timestamp_s=12.5)
    assert parse_comment(record).created_utc == 12.5


def test_empty_body_is_a_comment() -> None:
    assert parse_comment(make_record(make_comment(body=""))).body == ""


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(None, "no value", id="tombstone"),
        pytest.param(b"", "truncated", id="empty"),
        pytest.param(b"\xff\xfe\x00", "malformed", id="binary"),
        pytest.param(b'{"id":"a","body":"\xff"}', "utf-8", id="invalid-utf-8"),
        pytest.param(b'{"id":"a"}', "`body`", id="no-body"),
        pytest.param(b'{"body":"b"}', "`id`", id="no-id"),
        pytest.param(b'{"id":null,"body":"b"}', "`null`", id="id-is-null"),
        pytest.param(b'{"id":7,"body":"b"}', "`int`", id="id-is-a-number"),
        pytest.param(b'{"id":"","body":"b"}', "length", id="id-is-empty"),
        pytest.param(b'{"id":"a","body":["b"]}', "`array`", id="body-is-a-list"),
        pytest.param(b"[1,2]", "`array`", id="not-an-object"),
        pytest.param(b'{"id":"a","body":"b","created_utc":NaN}', "malformed", id="time-is-nan"),
        pytest.param(b'{"id":"a","body":"b","created_utc":-1}', ">= 0", id="time-before-the-epoch"),
        pytest.param(
            b'{"id":"a","body":"b","created_utc":1e300}', "< 253402300800", id="time-without-a-date"
        ),
        pytest.param(b'{"id":"a","body":"b","score":"many"}', "`str`", id="score-is-text"),
        pytest.param(b'{"id":"a","body":"\\ud800"}', "not a comment", id="lone-surrogate"),
        pytest.param(b'{"id":"a","body":"b","x":' + b"[" * 50_000, "recursion", id="deep-nesting"),
    ],
)
def test_what_is_not_a_comment_is_named(value: bytes | None, reason: str) -> None:
    with pytest.raises(InvalidCommentError, match=reason):
        parse_comment(make_record(value=value))


def test_event_id_is_where_the_record_came_from() -> None:
    assert make_record(partition=3, offset=41).event_id == "reddit_stream:3:41"


def test_alert_is_its_prediction_and_the_reasons() -> None:
    prediction = make_prediction()
    alert = Alert.of(prediction, 0.5, (Reason("nonsense", 1.5),))
    told = msgspec.json.decode(encode(alert))
    assert told.pop("threshold") == 0.5
    assert told.pop("reasons") == [{"word": "nonsense", "weight": 1.5}]
    assert told == msgspec.json.decode(encode(prediction))


def test_times_are_finite() -> None:
    created = parse_comment(make_record()).created_utc
    assert created is not None
    assert math.isfinite(created)
