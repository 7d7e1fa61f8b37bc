"""Predictions as a Parquet file: made from their lines once all of them are there, and read row by row."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from modstream.score.errors import PackageMissingError
from modstream.score.outputs import sync_folder, writing
from modstream.windows.errors import PredictionsUnreadableError
from streams.records import Prediction, encode

ROWS_OF_A_GROUP = 20_000
BYTES_OF_A_GROUP = 32 * 1024 * 1024
"""At most so many in one row group; the memory that writing takes is a few times as much."""

ROWS_READ_AT_ONCE = 1_000


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


def read_parquet(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield where each row of a file is, and the row as JSON.

    Raises:
        PackageMissingError: If Parquet files cannot be read here.
        PredictionsUnreadableError: If the file cannot be read.
    """
    require_parquet()
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            batches = parquet.ParquetFile(file).iter_batches(ROWS_READ_AT_ONCE)
            rows = chain.from_iterable(batch.to_pylist() for batch in batches)
            for number, row in enumerate(rows, start=1):
                yield f"{path}:{number}", encode(row)
    except (OSError, pa.ArrowException, ValueError, OverflowError, TypeError) as error:  # types of others
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise PredictionsUnreadableError(path, reason) from error


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
