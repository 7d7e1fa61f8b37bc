import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modstream.dlq.letters import Place, read_letter, resubmission_of
from modstream.verify.outputs import Source, UnreadableOutputError
from streams.dead_letters import ATTEMPTS, DEAD_LETTERED_AT, EXCEPTION, KEY_BYTES, OURS, VALUE_BYTES
from streams.records import EVENT_ID, SourceRecord
from streams.topics import MAX_OUTPUT_BYTES
from tests.modstream.dlq.examples import LETTERS, make_letter, make_source, with_header

LARGE = b"x" * MAX_OUTPUT_BYTES


def test_letter_says_what_the_worker_wrote() -> None:
    letter = read_letter(make_letter(offset=4, attempts=3, at_s=1_700_000_000.25))
    assert letter.place == Place(LETTERS, 2, 4)
    assert letter.source == Source("reddit_stream", 2, 7)
    assert (letter.event_id, letter.comment) == ("reddit_stream:2:7", "c1")
    assert (letter.reason, letter.message) == ("InvalidCommentError", "not a comment: no body")
    assert (letter.attempts, letter.model_version, letter.at_s) == (3, "v1", 1_700_000_000.25)
    assert letter.value_bytes == len(make_source().value or b"")
    assert letter.obstacle is None


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        pytest.param(DEAD_LETTERED_AT, b"soon", id="no-time"),
        pytest.param(DEAD_LETTERED_AT, b"nan", id="time-is-nan"),
        pytest.param(DEAD_LETTERED_AT, b"1e300", id="time-without-a-date"),
        pytest.param(DEAD_LETTERED_AT, None, id="time-missing"),
        pytest.param(ATTEMPTS, b"9" * 10_000, id="endless-attempts"),
        pytest.param(ATTEMPTS, b"", id="attempts-empty"),
        pytest.param(VALUE_BYTES, b"\xff", id="length-not-utf-8"),
        pytest.param(KEY_BYTES, None, id="length-of-the-key-missing"),
    ],
)
def test_what_a_header_does_not_say_is_taken_from_the_record(name: str, raw: bytes | None) -> None:
    found = read_letter(with_header(make_letter(), name, raw))
    plain = read_letter(make_letter())
    assert msgspec.structs.replace(found, size=plain.size) == plain


@pytest.mark.parametrize("named", [None, b"", b"reddit_stream:2", b"\xff\xfe"])
def test_record_that_names_no_event_is_no_letter(named: bytes | None) -> None:
    with pytest.raises(UnreadableOutputError):
        read_letter(with_header(make_letter(), EVENT_ID, named))


@given(
    st.sampled_from(sorted(OURS - {EVENT_ID})), st.binary(), st.none() | st.binary(), st.none() | st.binary()
)
def test_no_bytes_whatever_break_the_reading(
    name: str, raw: bytes, key: bytes | None, value: bytes | None
) -> None:
    record = with_header(make_letter(key=key, value=value), name, raw)
    letter = read_letter(record)
    assert resubmission_of(letter, record).value == value


@pytest.mark.parametrize(
    ("changes", "comment"),
    [
        pytest.param({"key": b"\xff1"}, "\\xff1", id="key-not-utf-8"),
        pytest.param({"key": b""}, "", id="key-empty"),
        pytest.param({"key": None}, "c1", id="no-key-but-a-body"),
        pytest.param({"key": None, "value": b"[" * 100_000}, None, id="neither"),
        pytest.param({"key": None, "value": b"\xff"}, None, id="body-not-utf-8"),
    ],
)
def test_comment_is_named_by_its_key_else_by_its_body(
    changes: dict[str, bytes | None], comment: str | None
) -> None:
    assert read_letter(make_letter(make_source(**changes))).comment == comment


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        pytest.param({}, None, id="all-there"),
        pytest.param({"value": None}, None, id="tombstone"),
        pytest.param({"value": b""}, None, id="empty-value"),
        pytest.param({"key": None}, None, id="no-key"),
        pytest.param({"key": b""}, None, id="empty-key"),
        pytest.param({"value": LARGE}, "its value (2,000,000 bytes) was too large", id="value-left-out"),
        pytest.param({"key": LARGE, "value": None}, "its key (2,000,000 bytes) was", id="key-left-out"),
        pytest.param({"key": LARGE, "value": b""}, "its key (2,000,000 bytes) was", id="both-left-out"),
        pytest.param({"key": None, "value": None}, "neither key nor value", id="neither"),
    ],
)
def test_letter_without_what_it_needs_says_so(changes: dict[str, bytes | None], obstacle: str | None) -> None:
    found = read_letter(make_letter(make_source(**changes))).obstacle
    assert found is None if obstacle is None else obstacle in (found or "")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param(b"c1", b"\x00\xff", id="both"),
        pytest.param(None, b"v", id="no-key"),
        pytest.param(b"", b"v", id="empty-key"),
        pytest.param(b"", b"", id="both-empty"),
        pytest.param(b"k", None, id="tombstone"),
        pytest.param(b"", None, id="tombstone-of-an-empty-key"),
    ],
)
def test_what_comes_back_is_the_record_and_its_identity(key: bytes | None, value: bytes | None) -> None:
    source = make_source(key=key, value=value, headers=[("trace", b"\xff"), (EXCEPTION, b"theirs")])
    record = make_letter(source)
    back = resubmission_of(read_letter(record), record)
    assert (back.partition, back.key, back.value) == (2, key, value)
    assert back.headers == [
        ("trace", b"\xff"),
        (EVENT_ID, b"reddit_stream:2:7"),
        ("modstream.timestamp", b"1600000000.500"),
    ]


def test_identity_outlives_every_return() -> None:
    source = make_source(headers=[("trace", b"1")])
    for offset in (8, 20, 21):
        record = make_letter(source)
        back = resubmission_of(read_letter(record), record)
        source = SourceRecord("reddit_stream", 2, offset, back.key, back.value, 9.0, back.headers)
        assert source.event_id == "reddit_stream:2:7"
        assert source.event_timestamp_s == 1_600_000_000.5
    assert source.headers == [
        ("trace", b"1"),
        (EVENT_ID, b"reddit_stream:2:7"),
        ("modstream.timestamp", b"1600000000.500"),
    ]


def test_letter_of_an_older_worker_comes_back_without_what_it_does_not_say() -> None:
    record = with_header(with_header(make_letter(), KEY_BYTES, None), "modstream.timestamp", None)
    back = resubmission_of(read_letter(record), record)
    assert (back.key, back.headers) == (b"c1", [(EVENT_ID, b"reddit_stream:2:7")])
