"""Predictions as a Parquet file: made from their lines once all of them are there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from modstream.score.errors import PackageMissingError
from modstream.score.outputs import sync_folder, writing
from streams.records import Prediction

ROWS_OF_A_GROUP = 20_000
BYTES_OF_A_GROUP = 32 * 1024 * 1024
"""At most so many in one row group; the memory that writing takes is a few times as much."""


def require_parquet() -> None:
    """Raise `PackageMissingError` if Parquet files cannot be written here."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise PackageMissingError("a .parquet file", "pyarrow", "parquet") from error


def write_parquet(lines: Path, target: Path, on_read: Callable[[int], None]) -> None:
    """Write the predictions of a file of lines as Parquet; the same lines give the same bytes.

    Raises:
        OutputUnwritableError: If it cannot be written.
    """
    import os

    import pyarrow as pa
    from pyarrow import parquet

    text, number = pa.string(), pa.float64()
    types: dict[str, Any] = dict.fromkeys(Prediction.__struct_fields__, text)
    types |= dict.fromkeys(("probability", "created_utc", "scored_at"), number)
    schema = pa.schema([pa.field(name, kind, name == "subreddit") for name, kind in types.items()])
    with writing(target), target.open("wb") as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for group, size in _groups(lines):
                columns = {name: [getattr(each, name) for each in group] for name in types}
                writer.write_table(pa.table(columns, schema=schema), row_group_size=len(group))
                on_read(size)
        file.flush()
        os.fsync(file.fileno())
        sync_folder(target.parent)


def _groups(lines: Path) -> Iterator[tuple[list[Prediction], int]]:
    decoder = msgspec.json.Decoder(Prediction)
    held: list[Prediction] = []
    size = 0
    with lines.open("rb") as file:
        for line in file:
            held.append(decoder.decode(line))
            size += len(line)
            if len(held) >= ROWS_OF_A_GROUP or size >= BYTES_OF_A_GROUP:
                yield held, size
                held, size = [], 0
    if held:
        yield held, size
