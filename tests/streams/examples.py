"""Valid records to start from: a test spells out only what matters to it."""

from typing import Any

import msgspec

from streams.records import Comment, Prediction, SourceRecord, encode

UNREACHABLE = "127.0.0.1:9"
"""An address where nothing listens."""


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
