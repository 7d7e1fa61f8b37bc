"""What is read from a file of comments, and what of it is called bad."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from training import data
from training.data import BAD_ROWS_NAMED, CommentFile, Row, sha256_of
from training.errors import ColumnsMissingError, DataError, FileUnreadableError

CSV = b"id,body,removed\na,first,1\nb,second,0\n"
NDJSON = b'{"id":"a","body":"first","removed":1}\n{"id":"b","body":"second","removed":false}\n'
BOM = b"\xef\xbb\xbf"

type Read = Callable[[bytes], CommentFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes a file and gives it to be read."""

    def write(content: bytes, *, labelled: bool = False) -> CommentFile:
        path = tmp_path / "comments"
        path.write_bytes(content)
        return CommentFile(path, labelled=labelled)

    return write


def brief(rows: list[Row]) -> list[tuple[int, str, str]]:
    return [(row.line, row.id, row.body) for row in rows]


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def in_frames(content: bytes) -> bytes:
    return zstd(content[:20]) + zstd(b"") + zstd(content[20:])


FORMS: dict[str, bytes] = {
    "csv": CSV,
    "csv-crlf": CSV.replace(b"\n", b"\r\n"),
    "csv-with-bom": BOM + CSV,
    "csv-without-last-line-end": CSV[:-1],
    "csv-gzip": gzip.compress(CSV),
    "csv-gzip-in-two-members": gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]),
    "csv-zstd": zstd(CSV),
    "csv-zstd-in-frames": in_frames(CSV),
    "csv-zstd-with-bom-and-crlf": zstd(BOM + CSV.replace(b"\n", b"\r\n")),
    "ndjson": NDJSON,
    "ndjson-crlf": NDJSON.replace(b"\n", b"\r\n"),
    "ndjson-with-bom": BOM + NDJSON,
    "ndjson-without-last-line-end": NDJSON[:-1],
    "ndjson-gzip": gzip.compress(NDJSON),
    "ndjson-zstd": zstd(NDJSON),
    "ndjson-zstd-in-frames": in_frames(NDJSON),
}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        pytest.param(content, [2, 3] if name.startswith("csv") else [1, 2], id=name)
        for name, content in FORMS.items()
    ],
)
def test_form_shows_in_the_first_bytes(read: Read, content: bytes, lines: list[int]) -> None:
    file = read(content)
    rows = list(file)
    assert [(row.id, row.body, row.removed) for row in rows] == [("a", "first", True), ("b", "second", False)]
    assert [row.line for row in rows] == lines
    assert list(file) == rows, "a file may be read again"
    assert file.bad_count == 0


def test_lines_are_where_a_row_begins_in_spite_of_quoted_newlines(read: Read) -> None:
    file = read(b'id,body\r\n1,"one\r\ntwo\r\n"\r\n\r\n2,x\r\n3\r\n4,"a,""b""\n"\r\n5,y,z\r\n6,end\r\n')
    assert brief(list(file)) == [
        (2, "1", "one\r\ntwo\r\n"),
        (6, "2", "x"),
        (8, "4", 'a,"b"\n'),
        (11, "6", "end"),
    ]
    assert [(bad.line, bad.reason) for bad in file.bad_rows] == [
        (7, "1 fields, the header has 2"),
        (10, "3 fields, the header has 2"),
    ]


def test_nul_is_left_out_of_a_csv(read: Read) -> None:
    assert brief(list(read(b"id,body\n1,a\0b\n"))) == [(2, "1", "ab")]


def test_bytes_that_are_no_utf_8_are_replaced_in_a_csv_and_bad_in_json(read: Read) -> None:
    assert brief(list(read(b"id,body\n1,a\xff\n"))) == [(2, "1", "a\ufffd")]
    file = read(b'{"id":"1","body":"a\xff"}\n{"id":"2","body":"b"}\n')
    assert [row.id for row in file] == ["2"]
    assert file.bad_rows[0].line == 1


def test_unclosed_quote_makes_one_bad_row_not_one_long_comment(read: Read) -> None:
    file = read(b'id,body\n1,fine\n2,"never closed\n3,three\n4,four\n')
    assert [row.id for row in file] == ["1"]
    assert [(bad.line, bad.reason) for bad in file.bad_rows] == [(3, "unexpected end of data")]


def test_reading_goes_on_after_a_broken_quote(read: Read) -> None:
    file = read(b'id,body\n1,"a"b\n2,fine\n')
    assert [row.id for row in file] == ["2"]
    assert [bad.line for bad in file.bad_rows] == [2]


def test_bad_rows_are_all_counted_and_the_first_are_named(read: Read) -> None:
    bad = b"".join(b'{"id":%d}\n' % place for place in range(25))
    file = read(b'{"id":"a","body":"b"}\n' + bad + b'{"id":"z","body":"b"}\n')
    assert [row.id for row in file] == ["a", "z"]
    assert file.bad_count == 25
    assert [row.line for row in file.bad_rows] == list(range(2, 2 + BAD_ROWS_NAMED))
    list(file)
    assert file.bad_count == 25, "of the last reading, not of all"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"{bad", "malformed", id="no-json"),
        pytest.param(b"[1]", "array", id="a-list"),
        pytest.param(b"5", "int", id="a-number"),
        pytest.param(b'{"id":"x"}', "no text in 'body'", id="no-body"),
        pytest.param(b'{"id":"x","body":null}', "no text in 'body'", id="body-is-null"),
        pytest.param(b'{"id":"x","body":["a"]}', "no text in 'body'", id="body-is-a-list"),
        pytest.param(b'{"id":"x","body":"\\ud800"}', "truncated", id="lone-surrogate"),
        pytest.param(b'{"a":' * 100_000, "recursion", id="nested-deeply"),
        pytest.param(b"\xff\xfe", "malformed", id="binary"),
    ],
)
def test_bad_line_of_ndjson_is_named_and_passed_over(read: Read, line: bytes, reason: str) -> None:
    file = read(NDJSON + b"\n" + line + b'\n{"id":"c","body":""}\n')
    assert [row.id for row in file] == ["a", "b", "c"]
    assert file.bad_count == 1
    assert file.bad_rows[0].line == 4
    assert reason in file.bad_rows[0].reason


@pytest.mark.parametrize(
    ("written", "removed"),
    [
        *[("1", True), ("TRUE", True), ("yes", True), (" true ", True)],
        *[("0", False), ("False", False), ("no", False)],
        *[("", None), ("2", None), ("removed", None), ("nan", None)],
    ],
)
def test_labels(tmp_path: Path, written: str, removed: bool | None) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f'id,body,removed\na,b,"{written}"\n')
    assert [row.removed for row in CommentFile(path)] == [removed]
    strict = CommentFile(path, labelled=True)
    assert [row.removed for row in strict] == ([] if removed is None else [removed])
    assert [repr(written) in bad.reason for bad in strict.bad_rows] == ([True] if removed is None else [])


@pytest.mark.parametrize("value", [True, False, 1, 0])
def test_labels_of_json(read: Read, value: object) -> None:
    content = json.dumps({"id": "a", "body": "b", "removed": value}).encode()
    assert [row.removed for row in read(content)] == [bool(value)]


def test_missing_id_is_made_and_the_same_at_every_reading(tmp_path: Path) -> None:
    rows = b"body\nsame\nsame\nother\n"
    (tmp_path / "a.csv").write_bytes(rows)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(rows))
    ids = [row.id for row in CommentFile(tmp_path / "a.csv")]
    assert len(set(ids)) == 3
    assert all(made.startswith("made-") for made in ids)
    assert [row.id for row in CommentFile(tmp_path / "b.csv.gz")] == ids


@pytest.mark.parametrize("written", ['""', '"  "', "null", "true", "1.5", "[1]"])
def test_id_that_is_none_is_made(read: Read, written: str) -> None:
    (row,) = read(f'{{"body":"b","id":{written}}}'.encode())
    assert row.id.startswith("made-")
    assert row.fields["id"] == row.id


def test_whole_number_is_an_id(read: Read) -> None:
    assert [row.id for row in read(b'{"id":17,"body":"b"}')] == ["17"]


def test_other_fields_are_kept(read: Read) -> None:
    (row,) = read(b'{"id":"a","body":"b","score":-3,"deep":{"er":[1]}}')
    assert row.fields == {"id": "a", "body": "b", "score": -3, "deep": {"er": [1]}}


def test_field_as_long_as_a_comment_can_be_is_read(read: Read) -> None:
    (row,) = read(b'id,body\n1,"' + b"x" * 1_000_000 + b'"\n')
    assert len(row.body) == 1_000_000


def test_field_beyond_the_limit_is_a_bad_row(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "LONGEST_FIELD", 1_000)
    file = read(b"id,body\n1," + b"x" * 1_001 + b"\n2,y\n")
    assert [row.id for row in file] == ["2"]
    assert file.bad_rows[0].line == 2
    assert "limit" in file.bad_rows[0].reason


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        pytest.param(b"", "body", id="empty-file"),
        pytest.param(b"\n\n", "body", id="empty-lines"),
        pytest.param(BOM, "body", id="byte-order-mark-alone"),
        pytest.param(b"id,text\n1,a\n", "body", id="csv"),
        pytest.param(b'{"id":"a","text":"b"}\n', "body", id="ndjson"),
        pytest.param(gzip.compress(b""), "body", id="empty-gzip"),
        pytest.param(zstd(b""), "body", id="empty-zstd"),
    ],
)
def test_file_without_the_column_is_refused(read: Read, content: bytes, missing: str) -> None:
    with pytest.raises(ColumnsMissingError, match=f"no column '{missing}'"):
        list(read(content))


def test_label_is_needed_only_where_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "unlabelled.csv"
    path.write_text("id,body\n1,a\n")
    assert [row.removed for row in CommentFile(path)] == [None]
    with pytest.raises(ColumnsMissingError, match="no column 'removed'; its columns: id, body"):
        list(CommentFile(path, labelled=True))


def test_header_alone_is_a_file_without_comments(read: Read) -> None:
    assert list(read(b"id,body\n")) == []


BIG = b"id,body\n" + b"".join(b"%d,%x\n" % (place, place * 7919**5) for place in range(20_000))


def corrupted(content: bytes) -> bytes:
    return content[:5_000] + b"\xff" * 40 + content[5_040:]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(BIG)[:-5_000], id="gzip-cut-short"),
        pytest.param(gzip.compress(BIG)[:-4], id="gzip-without-its-last-bytes"),
        pytest.param(b"\x1f\x8b", id="gzip-of-two-bytes"),
        pytest.param(gzip.compress(b"x" * 100)[:10] + b"\xff" * 50, id="gzip-of-nonsense"),
        pytest.param(corrupted(gzip.compress(BIG)), id="gzip-corrupted"),
        pytest.param(gzip.compress(BIG) + b"rubbish", id="gzip-with-rubbish-behind"),
        pytest.param(zstd(BIG)[:-5_000], id="zstd-cut-short"),
        pytest.param(zstd(BIG)[:-1], id="zstd-without-its-last-byte"),
        pytest.param(zstd(CSV) + zstd(CSV)[:9], id="zstd-second-frame-cut-short"),
        pytest.param(b"\x28\xb5\x2f\xfd", id="zstd-of-four-bytes"),
        pytest.param(corrupted(zstd(BIG)), id="zstd-corrupted"),
        pytest.param(zstd(BIG) + b"rubbish", id="zstd-with-rubbish-behind"),
        pytest.param(b'"id,body\n1,a\n', id="header-with-an-unclosed-quote"),
        pytest.param(b'[{"id":"a","body":"b"}]', id="json-array"),
    ],
)
def test_damaged_file_is_an_error_with_its_name(read: Read, content: bytes) -> None:
    with pytest.raises(FileUnreadableError, match=r"cannot read .*comments: .+"):
        list(read(content))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nothing", "No such file"), (".", "Is a directory"), ("file/below", "Not a directory")],
)
def test_what_is_no_file_is_an_error_with_its_name(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileUnreadableError, match=f"cannot read {tmp_path / name}: {reason}"):
        list(CommentFile(tmp_path / name))
    with pytest.raises(DataError, match=reason):
        sha256_of(tmp_path / name)


def test_zstd_is_read_a_piece_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "much.zst"
    path.write_bytes(zstd(BIG) * 3)
    rows = iter(CommentFile(path))
    assert next(rows).body == "0"
    del rows  # closes the file, or the warning about it fails this test


def test_a_reading_that_is_given_up_closes_the_file(read: Read) -> None:
    for content in FORMS.values():
        rows = iter(read(content))
        next(rows)
        del rows


@pytest.mark.parametrize("content", [CSV, gzip.compress(NDJSON), zstd(CSV)], ids=["csv", "gzip", "zstd"])
def test_standard_input_is_read(content: bytes) -> None:
    code = "from training.data import CommentFile; print([row.body for row in CommentFile('-')])"
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], input=content, capture_output=True, check=True
    )
    assert answer.stdout.strip() == b"['first', 'second']"
    assert answer.stderr == b""


bodies = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(st.lists(bodies, min_size=1, max_size=8))
def test_csv_written_by_python_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    import csv

    path = tmp_path_factory.mktemp("round") / "trip.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "body"], *([f"i{at}", text] for at, text in enumerate(texts))])
    rows = CommentFile(path)
    assert [row.body for row in rows] == texts
    assert rows.bad_count == 0
