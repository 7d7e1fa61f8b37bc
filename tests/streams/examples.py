"""Valid records to start from: a test spells out only what matters to it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from streams.kafka_cluster import Cluster
from streams.records import Comment, Prediction, SourceRecord, encode
from streams.settings import Threshold
from streams.window_records import PartialRow, PartitionProgress, WindowPartial
from streams.windows import Tally

UNREACHABLE = Cluster("127.0.0.1:9")
"""An address where nothing listens."""

BALANCED = 0.3
"""What the name `balanced` stands for."""


def number_of(asked: Threshold) -> float:
    """Return a threshold as a number."""
    return {"balanced": BALANCED}[asked] if isinstance(asked, str) else asked


def make_comment(**changes: Any) -> Comment:
    comment = Comment(id="c1", body="Interesting study.", created_utc=1_700_000_000.0, subreddit="science")
    return msgspec.structs.replace(comment, **changes)


def make_record(comment: Comment | None = None, **changes: Any) -> SourceRecord:
    comment = comment or make_comment()
    record = SourceRecord(
        topic="reddit_stream",
        partition=2,
        offset=7,
        key=comment.id.encode(),
        value=encode(comment),
        timestamp_s=1_700_000_100.0,
    )
    return msgspec.structs.replace(record, **changes)


def make_prediction(**changes: Any) -> Prediction:
    prediction = Prediction(
        id="c1",
        probability=0.7,
        original="Interesting study.",
        subreddit="science",
        created_utc=1_700_000_000.0,
        model_version="v1",
        event_id="reddit_stream:2:7",
        scored_at=1_700_000_200.0,
    )
    return msgspec.structs.replace(prediction, **changes)


def make_partial(counts: Mapping[str, int] | None = None, **changes: Any) -> WindowPartial:
    """Return what a partition tells of the window from 0 to 60: how many comments of which subreddit."""
    rows = [
        PartialRow(name, Tally(count)) for name, count in ({"a": 1} if counts is None else counts).items()
    ]
    partial = WindowPartial(
        partition=0, writer="w", window_start=0, window_end=60, next_offset=1, part=0, rows=rows
    )
    return msgspec.structs.replace(partial, **changes)


def make_progress(**changes: Any) -> PartitionProgress:
    progress = PartitionProgress(
        partition=0, writer="w", partitions=2, next_offset=1, watermark=0.0, idle=False
    )
    return msgspec.structs.replace(progress, **changes)
