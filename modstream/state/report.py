"""What `modstream state show` prints: a table on a terminal, plain lines elsewhere, JSON for scripts."""

import json
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from modstream.state.standing import PartitionStanding, Standing

NOTHING = "-"
ALL_THE_ROOM = 1_000
ISO = "%Y-%m-%dT%H:%M:%SZ"
COLUMNS = (
    "partition", "committed", "next_offset", "log end", "lag",
    "watermark (UTC)", "newest (UTC)", "open windows", "rows", "bytes", "idle",
)  # fmt: skip
LEFT_OUT_FIRST = ("newest (UTC)", "rows", "log end", "bytes", "idle", "committed", "open windows")
"""Columns that a narrow table does without, in this order, until it fits."""


def as_json(standing: Standing) -> str:
    """Return all of it as JSON on one line."""
    merger = standing.merger
    fields = {
        "group": standing.group,
        "partitions": [_fields(each) for each in standing.partitions],
        "merger": {
            "committed": merger.committed,
            "log_end": merger.log_end,
            "lag": merger.lag,
            "windows_waiting": merger.waiting,
        },
        "warnings": standing.warnings,
    }
    return json.dumps(fields)


def table(standing: Standing, width: int) -> Table:
    """Return the partitions as a table; a terminal of few columns gets what matters most, and is told so."""
    left_out: list[str] = []
    drawn = _drawn(standing, left_out)
    for title in LEFT_OUT_FIRST:
        if _width(drawn) > width:
            left_out.append(title)
            drawn = _drawn(standing, left_out)
    drawn.caption = f"no room for: {', '.join(left_out)}" if left_out else None
    return drawn


def _drawn(standing: Standing, left_out: Container[str]) -> Table:
    """Return the table; a title has a line for each word, as most figures are narrower than two words."""
    drawn = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for title in COLUMNS:
        if title not in left_out:
            drawn.add_column(title.replace(" ", "\n"), justify="right", no_wrap=True)
    for each in standing.partitions:
        named = zip(COLUMNS, cells(each, "%Y-%m-%d %H:%M:%S"), strict=True)
        drawn.add_row(*(Text(cell) for title, cell in named if title not in left_out))
    return drawn


def _width(drawn: Table) -> int:
    """Return how wide a table is that has all the room it wants."""
    return Console(width=ALL_THE_ROOM).measure(drawn).maximum


def lines(standing: Standing) -> Iterator[str]:
    """Yield the partitions as lines that say themselves what is what."""
    for each in standing.partitions:
        named = zip(COLUMNS, cells(each), strict=True)
        yield ", ".join(f"{title.removesuffix(' (UTC)')} {cell}" for title, cell in named)


def merger_line(standing: Standing) -> str:
    """Return how far the merger is."""
    merger = standing.merger
    return (
        f"merger: committed {_number(merger.committed)}, log end {merger.log_end:,}, lag {merger.lag:,}, "
        f"{merger.waiting:,} windows wait to be final"
    )


def cells(standing: PartitionStanding, form: str = ISO) -> tuple[str, ...]:
    """Return a partition's figures as text, in the order of `COLUMNS`."""
    kept, idle = standing.checkpoint, standing.idle
    return (
        str(standing.partition),
        _number(standing.committed),
        _number(kept and kept.next_offset),
        f"{standing.log_end:,}",
        f"{standing.lag:,}",
        _time(kept and kept.watermark_s, form),
        _time(kept and kept.newest_s, form),
        _number(kept and kept.open_windows),
        _number(kept and kept.rows),
        _number(kept and kept.snapshot_bytes + kept.journal_bytes),
        NOTHING if idle is None else "yes" if idle else "no",
    )


def _fields(standing: PartitionStanding) -> dict[str, Any]:
    kept = standing.checkpoint
    return {
        "partition": standing.partition,
        "committed": standing.committed,
        "next_offset": kept and kept.next_offset,
        "log_end": standing.log_end,
        "lag": standing.lag,
        "watermark": kept and kept.watermark_s,
        "newest_event_time": kept and kept.newest_s,
        "open_windows": kept and kept.open_windows,
        "rows": kept and kept.rows,
        "snapshot_bytes": kept and kept.snapshot_bytes,
        "journal_bytes": kept and kept.journal_bytes,
        "idle": standing.idle,
    }


def _number(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _time(at_s: float | None, form: str) -> str:
    return NOTHING if at_s is None else datetime.fromtimestamp(at_s, UTC).strftime(form)
