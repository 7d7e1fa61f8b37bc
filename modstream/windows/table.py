"""What `modstream windows` prints: a table on a terminal, plain lines elsewhere, JSON for scripts.

Names come from Kafka: on a terminal `printable` escapes them, in JSON they are ASCII.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import msgspec
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from modstream.windows.statistics import NewestWindows, Row
from modstream.wording import counted
from streams.printable import printable
from streams.windows import BINS, EVERYTHING, Span

WIDE = 100
"""Columns of a terminal that has room for everything."""

NARROW_BINS = 10
BAR_CELLS = 8
NAME_CELLS = 24
"""Reddit's own names have no more."""

NAMES_TOLD = 8
ISO = "%Y-%m-%dT%H:%M:%SZ"

_PARTS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_NONE = "·"


def bar(share: float, cells: int) -> str:
    """Return a bar that fills a share, from 0 to 1, of so many characters; what is not zero can be seen."""
    eighths = round(share * cells * 8)
    if share > 0.0:
        eighths = max(1, eighths)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (_PARTS[part] if part else "")).ljust(cells)


def sparkline(counts: Sequence[int], characters: int) -> str:
    """Return a histogram as so many characters, which divide its bins; a dot stands for none at all."""
    each = len(counts) // characters
    sums = [sum(counts[first : first + each]) for first in range(0, len(counts), each)]
    most = max(sums, default=0)
    return "".join(_HEIGHTS[(count * 8 - 1) // most] if count else _NONE for count in sums)


def rate_text(row: Row) -> str:
    """Return the alert rate, a dash when nothing was counted."""
    stats = row.stats
    return f"{stats.alerts / stats.count:.1%}" if stats.count else "-"


def line(row: Row) -> str:
    """Return a row as one line that says itself what is what, each figure below that of the line before."""
    stats = row.stats
    span = f"{_time(stats.window_start, ISO)} +{stats.window_end - stats.window_start} s"
    return (
        f"{span}  {printable(stats.subreddit):{NAME_CELLS}}  comments {stats.count:9,}, "
        f"alerts {stats.alerts:9,} {f'({rate_text(row)})':>8}, mean {_mean(row):>4}, "
        f"{sparkline(stats.probability_histogram, BINS)}, late {stats.late:9,}, {row.state}"
    )


def as_json(row: Row) -> str:
    """Return a row as JSON on one line, in ASCII: the record's fields, the alert rate, and the state."""
    stats = row.stats
    rate = stats.alerts / stats.count if stats.count else None
    return json.dumps({**msgspec.to_builtins(stats), "alert_rate": rate, "state": row.state})


def table(rows: Sequence[Row], width: int) -> Table:
    """Return rows as a table that fits a terminal of so many columns, if one can."""
    wide = width >= WIDE
    title, form = _times([row.stats.window_start for row in rows], wide=wide)
    drawn = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    drawn.add_column(title, no_wrap=True)
    drawn.add_column("subreddit", overflow="fold", min_width=len("subreddit") if wide else None)
    for name in ("comments" if wide else "count", "alerts", "rate"):
        drawn.add_column(name, justify="right", no_wrap=True)
    if wide:
        drawn.add_column("", no_wrap=True)
    drawn.add_column("mean", justify="right", no_wrap=True)
    drawn.add_column("0 … 1", no_wrap=True)
    drawn.add_column("late", justify="right", no_wrap=True)
    drawn.add_column("state", no_wrap=True)
    for row in rows:
        stats = row.stats
        share = stats.alerts / stats.count if stats.count else 0.0
        cells = [
            _time(stats.window_start, form),
            printable(stats.subreddit),
            f"{stats.count:,}",
            f"{stats.alerts:,}",
            rate_text(row),
            *([bar(share, BAR_CELLS)] if wide else []),
            _mean(row),
            sparkline(stats.probability_histogram, BINS if wide else NARROW_BINS),
            f"{stats.late:,}",
            row.state,
        ]
        # As text: a name's square brackets are not markup.
        drawn.add_row(*map(Text, cells), style=None if stats.final else "dim")
    return drawn


def summary(newest: NewestWindows) -> str:
    """Return in one line what is shown, how old it is, and what could not be."""
    spans = {Span(row.stats.window_start, row.stats.window_end) for row in newest.rows()}
    unreadable = unreadable_text(newest.unreadable)
    if not spans:
        return unreadable.removeprefix("; ")
    as_of = "" if newest.as_of_s is None else f", as of {_time(newest.as_of_s, '%Y-%m-%d %H:%M:%S')} UTC"
    windows = f"{counted(len(spans), 'window')} of {lengths(spans, newest.steps)}"
    return f"{windows}, newest first{as_of}{unreadable}"


def lengths(spans: Iterable[Span], steps: Mapping[int, int]) -> str:
    """Return how long windows are, and how far apart if they overlap.

    Args:
        spans: The windows.
        steps: As `NewestWindows.steps`.
    """
    sizes = sorted({span.end_s - span.start_s for span in spans})
    return " and ".join(
        f"{size_s:,} s" if steps[size_s] == size_s else f"{size_s:,} s every {steps[size_s]:,} s"
        for size_s in sizes
    )


def left_out_text(left_out: int, windows: int) -> str:
    """Return what is said of windows that a picture leaves out, nothing if there are none."""
    verb = "is" if left_out == 1 else "are"
    return f"; {left_out:,} beyond a long gap {verb} left out: --last {windows} draws all" if left_out else ""


def unreadable_text(unreadable: int) -> str:
    """Return what is said of records that are no statistics, nothing if there are none."""
    return f"; {counted(unreadable, 'record')} passed over: no statistics" if unreadable else ""


def nothing(newest: NewestWindows, topic: str) -> str:
    """Return why there is nothing to show, after all of the topic was read."""
    if newest.newest_s is not None and newest.since_s is not None:
        since, start = (_time(each, ISO) for each in (newest.since_s, newest.newest_s))
        return f"no windows since {since}; the newest starts at {start}"
    if newest.subreddit not in (None, EVERYTHING) and newest.subreddits:
        return f"no window with {printable(newest.subreddit)} on {topic}; there are: {_alike(newest)}"
    return (
        f"no windows on {topic} yet: no comment has been counted, or the windows are still open and "
        "the workers publish final ones alone (MOD_WINDOW_UPDATE_S=0)"
    )


def _alike(newest: NewestWindows) -> str:
    """Return subreddits that there are, those whose names are most alike to the wanted one first."""
    names = get_close_matches(newest.subreddit or "", sorted(newest.subreddits), NAMES_TOLD, cutoff=0.0)
    more = len(newest.subreddits) - len(names)
    return ", ".join(map(printable, names)) + (f" and {more:,} more" if more else "")


def _mean(row: Row) -> str:
    mean = row.stats.mean_probability
    return "-" if mean is None else f"{mean:.2f}"


def _times(starts: Sequence[int], *, wide: bool) -> tuple[str, str]:
    """Return the title of a column of times and their form; a narrow table says a day that all share once."""
    clock = "%H:%M" if all(start % 60 == 0 for start in starts) else "%H:%M:%S"
    days = {_time(start, "%Y-%m-%d") for start in starts}
    if wide or len(days) != 1:
        return "from (UTC)", f"%Y-%m-%d {clock}"
    return days.pop(), clock


def _time(at_s: float, form: str) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime(form)
