"""What the worker tells Prometheus, and that its table says so."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from streams.dead_letters import REASONS
from streams.health import Report
from streams.metrics import Metrics, new_registry
from streams.moderation import Outcome
from streams.offsets import ClaimState, OffsetLedger, Partition
from streams.standing import Standing
from streams.windows import Observation, PartitionWindows, WindowSpec
from tests.streams.examples import make_prediction, make_record

TABLE = Path(__file__).parents[2] / "docs" / "metrics.md"
ARRIVED_S = 1_700_000_100.0
WRITTEN_S = 1_700_000_000.0


def outcome(probability: float | None, dead_because: str = "") -> Outcome:
    record = make_record(timestamp_s=ARRIVED_S)
    if probability is None:
        return Outcome(record, [], None, None, dead_because)
    prediction = make_prediction(probability=probability, created_utc=WRITTEN_S)
    return Outcome(record, [], prediction, 0.5)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


class Away:
    """A service that is away."""

    retries = 3
    away = True


class Answered:
    """A model that has answered."""

    model_version = "0123456789abcdef"
    threshold: float | None = 0.4


class Silent(Answered):
    """A model that has not answered yet."""

    threshold = None


class Windows:
    """The windows of partition 1."""

    late = 2

    def standing(self) -> Mapping[int, PartitionWindows]:
        windows = PartitionWindows(WindowSpec(60, 60, 30.0))
        for time_s in (10.0, 70.0):
            windows.observe(Observation.of(time_s, None, 0.5, alert=False))
        return {1: windows}


class Looked:
    """A worker that has looked at its lag."""

    lag: Mapping[Partition, int] = {Partition("comments", 0): 7, Partition("partials", 0): 9}
    stuck_after_s = 180.0
    stuck_for_s = 4.0

    def ready(self) -> Report:
        return Report(ok=True)


class Committed:
    """A consumer that has finished ten comments of a partition, and committed four."""

    committed_at_s = 1_700_000_001.0

    def __init__(self) -> None:
        self.ledger = OffsetLedger()
        for topic in ("comments", "partials"):
            where = Partition(topic, 0)
            for first in (0, 4):
                claim = self.ledger.claim(where, first, first + 5 if first else 3)
                self.ledger.settle([claim], ClaimState.FINISHED)
                if not first:
                    self.ledger.confirm({where: 4})


def told(moderator: Answered) -> CollectorRegistry:
    registry = new_registry()
    committed = Committed()
    standing = Standing(
        "comments", Away(), moderator, Windows(), Looked(), lambda: committed, clock=lambda: 100.0
    )
    registry.register(standing)
    return registry


@pytest.fixture
def registry() -> CollectorRegistry:
    return new_registry()


def test_outcomes_are_counted_by_what_became_of_them(registry: CollectorRegistry) -> None:
    metrics = Metrics(registry)
    batch = [outcome(0.5), outcome(0.51), outcome(0.99), outcome(None, "invalid"), outcome(None, "failed")]
    metrics.count(batch, now_s=ARRIVED_S + 0.02)
    metrics.count([outcome(None, "invalid")], now_s=ARRIVED_S + 0.02)
    assert value(registry, "modstream_comments_total") == 6
    assert value(registry, "modstream_predictions_total") == 3
    assert value(registry, "modstream_alerts_total") == 2, "strictly above the threshold"
    assert value(registry, "modstream_dead_letters_total", reason="invalid") == 2
    assert value(registry, "modstream_dead_letters_total", reason="failed") == 1
    assert value(registry, "modstream_batch_comments_count") == 2
    assert value(registry, "modstream_batch_comments_sum") == 6
    assert value(registry, "modstream_batch_comments_bucket", le="1.0") == 1
    assert value(registry, "modstream_prediction_probability_bucket", le="0.5") == 1
    assert value(registry, "modstream_prediction_probability_bucket", le="0.55") == 2
    assert value(registry, "modstream_prediction_probability_count") == 3


def test_every_reason_is_told_before_there_is_a_dead_letter(registry: CollectorRegistry) -> None:
    Metrics(registry)
    for reason in {*REASONS.values(), "other"}:
        assert value(registry, "modstream_dead_letters_total", reason=reason) == 0, reason


def test_latencies_are_since_arrival_and_since_the_comment_was_written(registry: CollectorRegistry) -> None:
    Metrics(registry).count([outcome(0.2), outcome(0.9)], now_s=ARRIVED_S + 0.02)
    assert value(registry, "modstream_prediction_latency_seconds_bucket", le="0.01") == 0
    assert value(registry, "modstream_prediction_latency_seconds_bucket", le="0.025") == 2
    by = "modstream_alert_latency_seconds_"
    assert value(registry, by + "count", since="arrival") == 1
    assert value(registry, by + "sum", since="arrival") == pytest.approx(0.02)
    assert value(registry, by + "sum", since="event") == pytest.approx(100.02)


def test_stage_that_fails_is_timed_as_well(registry: CollectorRegistry) -> None:
    metrics = Metrics(registry)
    with pytest.raises(ZeroDivisionError), metrics.timed("score"):
        raise ZeroDivisionError
    assert value(registry, "modstream_stage_seconds_count", stage="score") == 1
    assert value(registry, "modstream_stage_seconds_count", stage="publish") == 0


def test_standing_is_that_of_the_parts() -> None:
    registry = told(Answered())
    expected = {
        "modstream_classifier_retries_total": 3.0,
        "modstream_classifier_away": 1.0,
        "modstream_moderation_threshold": 0.4,
        "modstream_last_commit_timestamp_seconds": 1_700_000_001.0,
        "modstream_uncommitted_comments": 6.0,
        "modstream_open_windows": 2.0,
        "modstream_late_comments_total": 2.0,
        "modstream_stuck_seconds": 4.0,
        "modstream_stuck_after_seconds": 180.0,
        "modstream_ready": 1.0,
    }
    assert {name: value(registry, name) for name in expected} == expected
    assert value(registry, "modstream_lag_comments", partition="0") == 7, "of the comments alone"
    assert value(registry, "modstream_watermark_delay_seconds", partition="1") == 60.0
    assert value(registry, "modstream_model_info", model_version="0123456789abcdef") == 1.0


def test_model_is_not_told_of_before_it_answered() -> None:
    registry = told(Silent())
    assert value(registry, "modstream_moderation_threshold") is None
    assert value(registry, "modstream_model_info", model_version="0123456789abcdef") is None


def test_names_follow_prometheus_and_the_table_has_each_with_its_type() -> None:
    registry = told(Answered())
    Metrics(registry).count([outcome(None, "invalid")], now_s=ARRIVED_S)
    exposed = dict(re.findall(r"^# TYPE (modstream_\S+) (\w+)$", generate_latest(registry).decode(), re.M))
    rows = re.findall(
        r"^\| `(modstream_\w+)` \| (\w+) \|", TABLE.read_text().split("## The service")[0], re.M
    )
    assert exposed == dict(rows)
    for name, kind in exposed.items():
        assert name.endswith("_total") == (kind == "counter"), name


def test_table_names_every_reason_of_a_dead_letter() -> None:
    (row,) = [line for line in TABLE.read_text().splitlines() if "`modstream_dead_letters_total`" in line]
    assert set(re.findall(r"`(\w+)`", row)) >= {*REASONS.values(), "other"}
