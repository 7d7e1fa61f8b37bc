import msgspec
import pytest

from modstream.verify.outputs import (
    Source,
    UnreadableOutputError,
    read_alert,
    read_dead_letter,
    read_prediction,
    source_of,
)
from streams.dead_letters import EXCEPTION, MESSAGE
from streams.records import EVENT_ID, RESUBMISSION, Alert, Reason, encode
from tests.streams.examples import make_prediction


def make_alert(threshold: float = 0.5, **changes: object) -> Alert:
    return Alert.of(make_prediction(**changes), threshold, (Reason("word", 1.5),))


def test_a_prediction_is_read_by_its_event_id() -> None:
    forecast = read_prediction(encode(make_prediction()))
    assert forecast.source == Source("reddit_stream", 2, 7)
    assert (forecast.comment, forecast.probability) == ("c1", 0.7)


def test_the_time_of_scoring_is_no_part_of_the_content() -> None:
    first, second = (read_prediction(encode(make_prediction(scored_at=at))) for at in (1.0, 2.0))
    assert first == second


@pytest.mark.parametrize(
    "changes",
    [
        {"probability": 0.7000001},
        {"original": "another comment"},
        {"id": "c2"},
        {"model_version": "v2"},
        {"subreddit": None},
        {"created_utc": 1_700_000_000.001},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_other_field_is_part_of_the_content(changes: dict[str, object]) -> None:
    first, second = (
        read_prediction(encode(each)) for each in (make_prediction(), make_prediction(**changes))
    )
    assert first.content != second.content


def test_an_alert_tells_of_its_prediction() -> None:
    prediction = read_prediction(encode(make_prediction()))
    alert = read_alert(encode(make_alert(scored_at=5.0)))
    assert alert.told == prediction.content
    assert alert.source == prediction.source


def test_an_alerts_threshold_and_reasons_are_part_of_its_content() -> None:
    contents = {read_alert(encode(make_alert(threshold=threshold))).content for threshold in (0.5, 0.6)}
    assert len(contents) == 2


@pytest.mark.parametrize(("threshold", "above"), [(0.69, True), (0.7, False), (0.71, False)])
def test_an_alert_is_above_its_threshold_strictly(threshold: float, above: bool) -> None:
    assert read_alert(encode(make_alert(threshold=threshold))).above is above


def test_field_order_and_spaces_are_no_part_of_the_content() -> None:
    plain = encode(make_prediction())
    fields = msgspec.json.decode(plain)
    turned = msgspec.json.format(msgspec.json.encode(dict(reversed(fields.items()))), indent=2)
    assert read_prediction(turned) == read_prediction(plain)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="no value"),
        pytest.param(b"", id="empty"),
        pytest.param(b"not json", id="not JSON"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="endless nesting"),
        pytest.param(b"{}", id="no fields"),
        pytest.param(encode(make_prediction(event_id="reddit_stream:2")), id="half an event id"),
        pytest.param(encode(make_prediction(event_id="reddit_stream:-2:1")), id="negative partition"),
        pytest.param(encode(make_prediction(event_id="reddit_stream:2:१")), id="digits of another script"),
        pytest.param(encode(make_prediction(probability=1.5)), id="not a probability"),
    ],
)
def test_what_is_not_a_prediction_is_unreadable(value: bytes | None) -> None:
    with pytest.raises(UnreadableOutputError):
        read_prediction(value)


def test_a_header_that_names_another_event_is_unreadable() -> None:
    value = encode(make_prediction())
    read_prediction(value, [(EVENT_ID, b"reddit_stream:2:7")])
    with pytest.raises(UnreadableOutputError):
        read_prediction(value, [(EVENT_ID, b"reddit_stream:2:8")])


def test_an_endless_number_is_no_offset() -> None:
    with pytest.raises(UnreadableOutputError):
        source_of("reddit_stream:2:" + "9" * 5_000)


def dead_letter_headers(**changes: bytes) -> list[tuple[str, bytes | None]]:
    headers = {EVENT_ID: b"reddit_stream:2:7", EXCEPTION: b"InvalidCommentError", MESSAGE: b"no body"}
    return list((headers | changes).items())


def test_a_dead_letter_is_read_by_its_headers_whatever_its_bytes() -> None:
    rejected = read_dead_letter(b"\xff", b"\x00\xff", dead_letter_headers())
    assert rejected.source == Source("reddit_stream", 2, 7)


def test_a_dead_letters_message_is_no_part_of_its_content() -> None:
    first = read_dead_letter(b"c1", b"x", dead_letter_headers())
    second = read_dead_letter(b"c1", b"x", dead_letter_headers(**{MESSAGE: b"after 3 attempts"}))
    assert first == second


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        pytest.param(b"c2", b"x", b"InvalidCommentError", id="key"),
        pytest.param(None, b"x", b"InvalidCommentError", id="no key"),
        pytest.param(b"c1", b"", b"InvalidCommentError", id="value"),
        pytest.param(b"c1", None, b"InvalidCommentError", id="no value"),
        pytest.param(b"c1x", b"", b"InvalidCommentError", id="value moved into key"),
        pytest.param(b"c1", b"x", b"ClassifierRefusedError", id="error"),
    ],
)
def test_key_value_and_error_are_its_content(key: bytes | None, value: bytes | None, error: bytes) -> None:
    plain = read_dead_letter(b"c1", b"x", dead_letter_headers())
    assert read_dead_letter(key, value, dead_letter_headers(**{EXCEPTION: error})).content != plain.content


def test_a_dead_letter_without_event_id_is_unreadable() -> None:
    with pytest.raises(UnreadableOutputError):
        read_dead_letter(b"c1", b"x", [(EXCEPTION, b"InvalidCommentError")])


def test_outputs_say_which_resubmission_made_them() -> None:
    headers = [(EVENT_ID, b"reddit_stream:2:7"), (RESUBMISSION, b"reddit_stream:2:8")]
    assert read_prediction(encode(make_prediction()), headers).resubmission == 8
    assert read_alert(encode(make_alert()), headers).resubmission == 8
    assert read_dead_letter(b"c1", b"x", headers).resubmission == 8
    assert read_prediction(encode(make_prediction()), headers[:1]).resubmission is None


@pytest.mark.parametrize(
    "read",
    [b"reddit_stream:2:7", b"reddit_stream:2:3", b"reddit_stream:1:8", b"other:2:8", b"8", b"\xff", b""],
)
def test_a_resubmission_that_cannot_be_is_unreadable(read: bytes) -> None:
    headers = [(EVENT_ID, b"reddit_stream:2:7"), (RESUBMISSION, read)]
    with pytest.raises(UnreadableOutputError):
        read_dead_letter(b"c1", b"x", headers)
    with pytest.raises(UnreadableOutputError):
        read_prediction(encode(make_prediction()), headers)
