import pytest

from streams.dead_letters import ATTEMPTS, KEY_BYTES, OFFSET, OURS, dead_letter, reason_of
from streams.errors import (
    ClassifierAnswerError,
    ClassifierError,
    ClassifierFailedError,
    ClassifierRefusedError,
    ClassifierUnavailableError,
    CommentTooLargeError,
    InvalidCommentError,
    OutputTooLargeError,
)
from streams.records import EVENT_ID, RESUBMISSION, TIMESTAMP
from streams.topics import MAX_OUTPUT_BYTES
from tests.streams.examples import make_record


def test_letter_keeps_the_bytes_and_says_why_where_and_when() -> None:
    record = make_record(partition=3, offset=12, key=b"\x00", value=b"\xff{")
    letter = dead_letter(record, InvalidCommentError("no"), "dead", 1.5, model_version="v1", attempts=3)
    assert (letter.topic, letter.partition, letter.key, letter.value) == ("dead", 3, b"\x00", b"\xff{")
    assert dict(letter.headers) == {
        "__streams.errors.exception": b"InvalidCommentError",
        "__streams.errors.message": b"not a comment: no",
        "__streams.errors.topic": b"reddit_stream",
        "__streams.errors.partition": b"3",
        "__streams.errors.offset": b"12",
        "modstream.event_id": b"reddit_stream:3:12",
        "modstream.attempts": b"3",
        "modstream.model_version": b"v1",
        "modstream.dead_lettered_at": b"1.500",
        "modstream.value_bytes": b"2",
        "modstream.key_bytes": b"1",
        "modstream.timestamp": b"1700000100.000",
    }


def test_message_that_utf8_cannot_hold_is_told_all_the_same() -> None:
    letter = dead_letter(make_record(), InvalidCommentError("\ud800"), "dead", 0.0)
    assert dict(letter.headers)["__streams.errors.message"] == b"not a comment: ?"


@pytest.mark.parametrize(
    ("key_bytes", "value_bytes", "keeps_key", "keeps_value"),
    [
        pytest.param(10, MAX_OUTPUT_BYTES - 2_000, True, True, id="fits"),
        pytest.param(10, MAX_OUTPUT_BYTES, True, False, id="value-too-large"),
        pytest.param(MAX_OUTPUT_BYTES, 10, False, False, id="key-too-large"),
    ],
)
def test_what_does_not_fit_is_left_out_and_its_size_told(
    key_bytes: int, value_bytes: int, keeps_key: bool, keeps_value: bool
) -> None:
    record = make_record(key=b"k" * key_bytes, value=b"v" * value_bytes)
    letter = dead_letter(record, InvalidCommentError("x" * 5_000), "dead", 0.0)
    assert letter.size <= MAX_OUTPUT_BYTES
    assert (letter.key == record.key, letter.value == record.value) == (keeps_key, keeps_value)
    assert dict(letter.headers)["modstream.value_bytes"] == str(value_bytes).encode()


@pytest.mark.parametrize(
    ("key", "value", "letters_key", "key_bytes"),
    [
        pytest.param(b"k", None, b"k", b"1", id="tombstone"),
        pytest.param(None, b"v", None, b"-1", id="no-key"),
        pytest.param(b"", None, b"", b"0", id="empty-key"),
        pytest.param(None, None, b"", b"-1", id="neither"),
        pytest.param(None, b"v" * MAX_OUTPUT_BYTES, b"", b"-1", id="no-key-and-too-large"),
        pytest.param(b"k" * MAX_OUTPUT_BYTES, None, b"", b"2000000", id="too-large-a-key"),
    ],
)
def test_letter_has_a_key_or_a_value_for_no_client_sends_neither(
    key: bytes | None, value: bytes | None, letters_key: bytes | None, key_bytes: bytes
) -> None:
    letter = dead_letter(make_record(key=key, value=value), InvalidCommentError("no"), "dead", 0.0)
    assert letter.key == letters_key
    assert dict(letter.headers)[KEY_BYTES] == key_bytes
    assert (letter.key, letter.value) != (None, None)


def test_records_own_headers_come_first_and_ours_win() -> None:
    theirs = [("trace", b"\xff"), (ATTEMPTS, b"99"), ("trace", b"2"), ("flag", None), (RESUBMISSION, b"x")]
    letter = dead_letter(make_record(headers=theirs), InvalidCommentError("no"), "dead", 0.0)
    assert letter.headers[:3] == [("trace", b"\xff"), ("trace", b"2"), ("flag", b"")]
    ours = [name for name, _ in letter.headers[3:]]
    assert len(set(ours)) == len(ours)
    assert dict(letter.headers)[ATTEMPTS] == b"1"
    assert RESUBMISSION not in dict(letter.headers)


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param([("large", b"x" * MAX_OUTPUT_BYTES)], id="large"),
        pytest.param([("", b"")] * 500_000, id="many"),
    ],
)
def test_headers_that_do_not_fit_are_left_out_before_the_value(theirs: list[tuple[str, bytes]]) -> None:
    record = make_record(headers=theirs)
    letter = dead_letter(record, InvalidCommentError("no"), "dead", 0.0)
    assert letter.value == record.value
    assert {name for name, _ in letter.headers} <= OURS


def test_letter_of_a_resubmission_has_the_first_identity_and_says_what_was_read() -> None:
    headers = [(EVENT_ID, b"reddit_stream:2:3"), (TIMESTAMP, b"5.000"), ("trace", b"1")]
    letter = dead_letter(make_record(offset=7, headers=headers), InvalidCommentError("no"), "dead", 0.0)
    told = dict(letter.headers)
    assert told[EVENT_ID] == b"reddit_stream:2:3"
    assert told[RESUBMISSION] == b"reddit_stream:2:7"
    assert (told[OFFSET], told[TIMESTAMP], told["trace"]) == (b"7", b"5.000", b"1")
    assert len(told) == len(letter.headers)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidCommentError("no body"), "invalid"),
        (CommentTooLargeError(2, 1), "too_large"),
        (OutputTooLargeError(2, 1), "output_too_large"),
        (ClassifierRefusedError("u", 400, "no"), "refused"),
        (ClassifierUnavailableError("u", "reset"), "failed"),
        (ClassifierFailedError("u", "500"), "failed"),
        (ClassifierAnswerError("u", "NaN"), "failed"),
        (ClassifierError("what else may come"), "other"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_reason_is_the_kind_of_fault(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason
