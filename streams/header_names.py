"""Lets aiokafka read records whose header names are not UTF-8.

Kafka stores any bytes as a header's name, and clients built on librdkafka send them. aiokafka 0.14.0 raises
`UnicodeDecodeError` at such a record, each time it is fetched: one of them would end every worker that reads
its partition. Here the batch is mended, and read on from the record that it stopped at.
"""

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c, decode_varint

_LENGTH = struct.Struct(">i")
_LENGTH_AT, _LENGTH_END = 8, 12
_MAGIC_AT, _WITH_HEADERS = 16, 2
_CRC_AT, _CRC_END = 17, 21
_ATTRIBUTES_AT = 21
_CODEC_BITS = 0b111
_RECORDS_AT = 61


class KeptRecords(MemoryRecords):  # type: ignore[misc]  # aiokafka is untyped
    """A fetched stretch of a partition that remembers its bytes."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.raw = raw


class LenientRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped
    """The records of a fetched stretch, whatever their headers are called."""

    _records: KeptRecords

    def _unpack_records(self) -> Iterator[Any]:
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            self._records = KeptRecords(mended(self._records.raw, self.next_fetch_offset))
        else:
            return
        yield from super()._unpack_records()


def install(records: type[LenientRecords] = LenientRecords) -> None:
    """Make every aiokafka consumer of this process read such records; call it before one starts."""
    fetcher.MemoryRecords = KeptRecords
    fetcher.PartitionRecords = records


def mended(raw: bytes, start: int) -> bytes:
    """Return the batches of a stretch that reach `start`, with names that are UTF-8.

    In a name that is not, each byte beyond ASCII becomes a `?`; nothing else is changed.

    Args:
        raw: Batches as the broker sent them; the last may be cut off.
        start: The first offset that is still wanted.
    """
    out = bytearray()
    at = 0
    while at + _LENGTH_END <= len(raw):
        end = at + _LENGTH_END + _LENGTH.unpack_from(raw, at + _LENGTH_AT)[0]
        batch = raw[at:end]
        if end > len(raw) or batch[_MAGIC_AT] < _WITH_HEADERS:
            out += batch
        elif (parsed := _DefaultRecordBatchPy(batch)).next_offset > start:
            out += _mended_batch(batch, parsed)
        at = end
    return bytes(out)


def _mended_batch(batch: bytes, parsed: Any) -> bytes:
    parsed._maybe_uncompress()
    records = parsed._buffer[parsed._pos :]
    at = 0
    while at < len(records):
        at = _mend_record(records, at)
    out = bytearray(batch[:_RECORDS_AT]) + records
    out[_ATTRIBUTES_AT + 1] &= ~_CODEC_BITS & 0xFF
    out[_LENGTH_AT:_LENGTH_END] = _LENGTH.pack(len(out) - _LENGTH_END)
    out[_CRC_AT:_CRC_END] = calc_crc32c(bytes(out[_CRC_END:])).to_bytes(4)
    return bytes(out)


def _mend_record(records: bytearray, at: int) -> int:
    """Mend the record that begins at `at`, in place; return where the next one does."""
    length, at = decode_varint(records, at)
    end = int(at + length)
    at += 1  # attributes
    for _ in ("timestamp", "offset"):
        _, at = decode_varint(records, at)
    for _ in ("key", "value"):
        at = _after_bytes(records, at)
    headers, at = decode_varint(records, at)
    for _ in range(headers):
        size, at = decode_varint(records, at)
        name = bytes(records[at : at + size])
        try:
            name.decode()
        except UnicodeDecodeError:
            records[at : at + size] = name.decode("ascii", "replace").replace("\ufffd", "?").encode()
        at = _after_bytes(records, at + size)
    return end


def _after_bytes(records: bytearray, at: int) -> int:
    size, at = decode_varint(records, at)
    return int(at + max(size, 0))
