"""Header names that are not UTF-8, in batches as a broker would send them."""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import header_names
from tests.streams.fuzzing import RawName

NONE, GZIP = 0, 1
BAD = b"caf\xe9\xff"

type Fetched = tuple[int, bytes | None, list[tuple[str, bytes | None]]]


def batch(names: Sequence[Sequence[bytes]], *, base: int = 0, codec: int = NONE) -> bytes:
    """Return a batch with a record for each list of header names."""
    builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 10**6)
    for offset, each in enumerate(names):
        headers = [(RawName(name), b"v") for name in each]
        value = None if offset % 3 == 0 else b"%d" % offset
        assert builder.append(offset, timestamp=5, key=b"", value=value, headers=headers)
    raw = builder.build()
    struct.pack_into(">q", raw, 0, base)
    return bytes(raw)


def read(raw: bytes, start: int = 0) -> list[Fetched]:
    """Return what aiokafka makes of a fetched stretch, checksums and all."""
    records = header_names.KeptRecords(raw)
    unpacked = header_names.LenientRecords(TopicPartition("t", 0), records, [], start, None, None, True, 0)
    return [(each.offset, each.value, list(each.headers)) for each in unpacked]


@pytest.mark.parametrize("codec", [NONE, GZIP])
def test_name_that_is_not_utf_8_is_read_with_question_marks(codec: int) -> None:
    raw = batch([[b"a"], [BAD, "é".encode(), b""], [], [b"\xff"]], codec=codec)
    assert read(raw) == [
        (0, None, [("a", b"v")]),
        (1, b"1", [("caf??", b"v"), ("é", b"v"), ("", b"v")]),
        (2, b"2", []),
        (3, None, [("?", b"v")]),
    ]


def test_records_of_other_batches_are_there_once_each() -> None:
    raw = (
        batch([[b"a"]] * 3) + batch([[b"b"], [BAD], [b"c"]], base=3) + batch([[BAD]] * 2, base=10, codec=GZIP)
    )
    assert [offset for offset, _, _ in read(raw)] == [0, 1, 2, 3, 4, 5, 10, 11]


def test_record_before_the_wanted_one_is_not_read_again() -> None:
    """A broker sends whole batches, the first from its beginning."""
    raw = batch([[BAD], [b"b"], [BAD]], base=3) + batch([[BAD]] * 2, base=10)
    assert [offset for offset, _, _ in read(raw, start=4)] == [4, 5, 10, 11]


def test_batch_that_is_cut_off_is_left_for_the_next_fetch() -> None:
    raw = batch([[BAD]] * 2) + batch([[BAD]] * 2, base=2)[:-1]
    assert [offset for offset, _, _ in read(raw)] == [0, 1]


def test_good_batches_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header_names, "mended", None)
    assert len(read(batch([[b"a"]] * 3))) == 3


def test_damaged_batch_is_still_an_error() -> None:
    raw = bytearray(batch([[BAD]] * 2))
    raw[-1] ^= 1
    with pytest.raises(fetcher.Errors.CorruptRecordException):
        read(bytes(raw))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.binary(max_size=6), max_size=3), min_size=1, max_size=5),
    st.sampled_from([NONE, GZIP]),
)
def test_any_name_can_be_read(names: list[list[bytes]], codec: int) -> None:
    told = read(batch(names, codec=codec))
    assert [len(headers) for _, _, headers in told] == [len(each) for each in names]
    for (_, _, headers), each in zip(told, names, strict=True):
        for (name, _), raw in zip(headers, each, strict=True):
            assert name == _decoded(raw)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 128 else "?" for byte in raw)


@pytest.fixture
def _restored() -> Iterator[None]:
    kept: tuple[Any, Any] = fetcher.MemoryRecords, fetcher.PartitionRecords
    yield
    fetcher.MemoryRecords, fetcher.PartitionRecords = kept


@pytest.mark.usefixtures("_restored")
def test_installing_twice_is_as_good_as_once() -> None:
    header_names.install()
    header_names.install()
    assert fetcher.PartitionRecords is header_names.LenientRecords
    assert fetcher.MemoryRecords is header_names.KeptRecords
