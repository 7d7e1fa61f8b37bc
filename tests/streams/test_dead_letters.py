import pytest

from streams.dead_letters import dead_letter
from streams.errors import InvalidCommentError
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
