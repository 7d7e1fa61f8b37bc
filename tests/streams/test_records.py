import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import InvalidCommentError
from streams.records import (
    EVENT_ID,
    TIMESTAMP,
    Alert,
    Headers,
    Output,
    Reason,
    encode,
    parse_comment,
    resubmitted_offset,
)
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


@pytest.mark.parametrize(
    ("named", "original"),
    [
        pytest.param(b"reddit_stream:2:6", 6, id="the-record-before"),
        pytest.param(b"reddit_stream:2:0", 0, id="the-first-record"),
        pytest.param(b"reddit_stream:2:7", None, id="itself"),
        pytest.param(b"reddit_stream:2:8", None, id="a-later-record"),
        pytest.param(b"reddit_stream:1:6", None, id="another-partition"),
        pytest.param(b"reddit_stream:02:6", None, id="another-spelling-of-the-partition"),
        pytest.param(b"other:2:6", None, id="another-topic"),
        pytest.param(b"x:reddit_stream:2:6", None, id="a-longer-topic"),
        pytest.param(b"reddit_stream:2:06", None, id="another-spelling-of-the-offset"),
        pytest.param(b"reddit_stream:2:-1", None, id="negative"),
        pytest.param(b"reddit_stream:2:+6", None, id="a-sign"),
        pytest.param(b"reddit_stream:2: 6", None, id="a-space"),
        pytest.param(b"reddit_stream:2:6\n", None, id="a-line-end"),
        pytest.param(b"reddit_stream:2:1_0", None, id="an-underscore"),
        pytest.param("reddit_stream:2:६".encode(), None, id="digits-of-another-script"),
        pytest.param(b"reddit_stream:2:" + b"0" * 10_000 + b"6", None, id="endless-zeros"),
        pytest.param(b"reddit_stream:2:" + b"9" * 10_000, None, id="an-endless-number"),
        pytest.param(b"reddit_stream:2:", None, id="no-offset"),
        pytest.param(b"6", None, id="an-offset-alone"),
        pytest.param(b"", None, id="empty"),
        pytest.param(None, None, id="no-value"),
        pytest.param(b"\xff\xfe:2:6", None, id="not-utf-8"),
    ],
)
def test_record_is_brought_back_only_by_a_later_one_of_its_partition(
    named: bytes | None, original: int | None
) -> None:
    headers: Headers = (("trace", b"x"), (EVENT_ID, named))
    assert resubmitted_offset("reddit_stream", 2, 7, headers) == original
    record = make_record(headers=headers)
    assert record.coordinates == "reddit_stream:2:7"
    assert record.event_id == f"reddit_stream:2:{7 if original is None else original}"
    marked = [] if original is None else [("modstream.resubmission", b"reddit_stream:2:7")]
    assert record.resubmission == marked


@given(st.one_of(st.binary(), st.binary().map(b"reddit_stream:2:".__add__)))
def test_any_bytes_whatever_name_an_earlier_record_or_nothing(named: bytes) -> None:
    original = resubmitted_offset("reddit_stream", 2, 7, [(EVENT_ID, named)])
    assert original is None or (0 <= original < 7 and named == b"reddit_stream:2:%d" % original)


def test_last_header_of_a_name_counts() -> None:
    headers = ((EVENT_ID, b"reddit_stream:2:3"), (EVENT_ID, b"nonsense"))
    assert make_record(headers=headers).event_id == "reddit_stream:2:7"
    assert make_record(headers=headers[::-1]).event_id == "reddit_stream:2:3"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([(EVENT_ID, b"reddit_stream:2:6"), (TIMESTAMP, b"12.345")], 12.345, id="told"),
        pytest.param([(EVENT_ID, b"reddit_stream:2:6")], 99.0, id="not-told"),
        pytest.param([(TIMESTAMP, b"12.345")], 99.0, id="told-of-a-comment-of-its-own"),
        pytest.param([(EVENT_ID, b"reddit_stream:2:6"), (TIMESTAMP, b"-1")], 99.0, id="before-the-epoch"),
        pytest.param([(EVENT_ID, b"reddit_stream:2:6"), (TIMESTAMP, b"nan")], 99.0, id="no-number"),
        pytest.param([(EVENT_ID, b"reddit_stream:2:6"), (TIMESTAMP, None)], 99.0, id="no-value"),
        pytest.param([(EVENT_ID, b"reddit_stream:2:6"), (TIMESTAMP, b"9" * 12)], 99.0, id="without-a-date"),
    ],
)
def test_comment_that_comes_back_has_the_time_of_its_first_record(headers: Headers, expected: float) -> None:
    record = make_record(value=b'{"id":"a","body":"b"}', timestamp_s=99.0, headers=headers)
    assert parse_comment(record).created_utc == expected


def test_size_has_room_for_what_kafka_adds_to_many_small_headers() -> None:
    headers = [("é", b"")] * 1_000
    assert Output("t", 0, b"kk", b"vvv", headers).size >= 5 + 1_000 * (2 + 2)


def test_alert_is_its_prediction_and_the_reasons() -> None:
    prediction = make_prediction()
    alert = Alert.of(prediction, 0.5, (Reason("nonsense", 1.5), Reason("you are", 0.5, 0, 7)))
    told = msgspec.json.decode(encode(alert))
    assert told.pop("threshold") == 0.5
    assert told.pop("reasons") == [
        {"word": "nonsense", "weight": 1.5},
        {"word": "you are", "weight": 0.5, "start": 0, "end": 7},
    ]
    assert told == msgspec.json.decode(encode(prediction))


def test_times_are_finite() -> None:
    created = parse_comment(make_record()).created_utc
    assert created is not None
    assert math.isfinite(created)
