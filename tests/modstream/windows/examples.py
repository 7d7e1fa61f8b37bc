"""Valid statistics to start from: a test spells out only what matters to it."""

from typing import Any

import msgspec

from streams.records import encode
from streams.window_records import WindowStats
from streams.windows import BINS

START_S = 1_700_000_040
"""2023-11-14 22:14 UTC."""

STATS = WindowStats(
    window_start=START_S,
    window_end=START_S + 60,
    subreddit="*",
    count=4,
    alerts=1,
    mean_probability=0.25,
    probability_histogram=[1, 2, *[0] * (BINS - 3), 1],
    late=0,
    revision=1,
    final=True,
)


def make_stats(minute: int = 0, **changes: Any) -> WindowStats:
    """Return statistics of the window that starts so many minutes after the first."""
    span = {"window_start": START_S + minute * 60, "window_end": START_S + minute * 60 + 60}
    return msgspec.structs.replace(STATS, **{**span, **changes})


def value(minute: int = 0, **changes: Any) -> bytes:
    return encode(make_stats(minute, **changes))
