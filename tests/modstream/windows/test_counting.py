"""Files of predictions are counted; what is something else is refused."""

import pytest

from modstream.windows.counting import of_lines
from modstream.windows.errors import NotPredictionsError
from streams.records import Alert, Prediction, Reason, encode
from streams.window_records import WindowStats
from streams.windows import WindowSpec

PREDICTION = Prediction(
    id="c1",
    probability=0.7,
    original="words",
    subreddit="space",
    created_utc=100.0,
    model_version="v",
    event_id="reddit_stream:1:0",
    scored_at=5_000.0,
)


def count(*lines: bytes) -> list[WindowStats]:
    named = [(f"p.ndjson:{number}", line) for number, line in enumerate(lines, start=1)]
    return list(of_lines(named, 0.5, WindowSpec(60, 60, 30.0), 4, 3_600.0))


def test_predictions_are_counted() -> None:
    found = [(each.subreddit, each.count, each.alerts) for each in count(encode(PREDICTION))]
    assert found == [("*", 1, 1), ("space", 1, 1)]


def test_alerts_are_refused() -> None:
    """They are a part of the predictions: their windows would be wrong, and look right."""
    alert = encode(Alert.of(PREDICTION, 0.5, (Reason("words", 1.0),)))
    with pytest.raises(NotPredictionsError, match=r"^p\.ndjson:2 is not a prediction .*: it is an alert"):
        count(encode(PREDICTION), alert)
