from streams.dead_letters import dead_letter
from streams.errors import InvalidCommentError
from tests.streams.examples import make_record


def test_letter_keeps_the_bytes_and_says_why_where_and_when() -> None:
    record = make_record(partition=3, offset=12, key=b"\x00", value=b"\xff{")
    letter = dead_letter(record, InvalidCommentError("no"), "dead", 1.5, model_version="v1")
    assert (letter.topic, letter.partition, letter.key, letter.value) == ("dead", 3, b"\x00", b"\xff{")
    assert dict(letter.headers) == {
        "__streams.errors.exception": b"InvalidCommentError",
        "__streams.errors.message": b"not a comment: no",
        "__streams.errors.topic": b"reddit_stream",
        "__streams.errors.partition": b"3",
        "__streams.errors.offset": b"12",
        "modstream.event_id": b"reddit_stream:3:12",
        "modstream.attempts": b"1",
        "modstream.model_version": b"v1",
        "modstream.dead_lettered_at": b"1.500",
    }


def test_message_that_utf8_cannot_hold_is_told_all_the_same() -> None:
    letter = dead_letter(make_record(), InvalidCommentError("\ud800"), "dead", 0.0)
    assert dict(letter.headers)["__streams.errors.message"] == b"not a comment: ?"
