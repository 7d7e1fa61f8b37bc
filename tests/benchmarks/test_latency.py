from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.harness.comments import Mix
from benchmarks.harness.load import Sent
from benchmarks.latency import table
from benchmarks.latency.figures import (
    FALLS_BEHIND_MS,
    Measure,
    Quantiles,
    Times,
    keeps_up,
    latencies,
    quantiles,
)
from benchmarks.latency.loads import HALF
from benchmarks.latency.options import USUAL, parse
from benchmarks.latency.picture import draw
from benchmarks.latency.run import observer
from streams.topics import Topics


def make_sent(**changes: float) -> Sent:
    whole = {
        "began_s": 100.0,
        "comments": 1_000,
        "refused": 0,
        "late": 0,
        "late_p99_ms": 1.0,
        "late_max_ms": 2.0,
    }
    return Sent(**{**whole, **changes})  # type: ignore[arg-type]


def make_measure(**changes: object) -> Measure:
    whole = {
        "contender": "ours",
        "mix": Mix.SEEN,
        "wanted": 500.0,
        "per_s": 500.0,
        "maximum": 20_000.0,
        "comments": 1_000,
        "predictions": Quantiles(1_000, 4.0, 8.0, 12.0, 90.0),
        "alerts": Quantiles(100, 5.0, 9.0, 13.0, 91.0),
        "keeps_up": True,
        "cpu_us": {"worker": 200.0, "broker": 90.0},
        "lost": 0,
        "repeated": 0,
        "sent": make_sent(),
    }
    return Measure(**{**whole, **changes})  # type: ignore[arg-type]


def test_latency_counts_from_the_due_time_to_the_end_of_the_millisecond_of_the_append() -> None:
    found = latencies({"t:0:0": 100_000.25, "t:0:1": 100_002.5}, {"t:0:1": 100_002, "t:0:0": 100_007}, 100.0)
    assert found.tolist() == [7.75, 0.5]


def test_latencies_are_in_the_order_in_which_comments_were_due() -> None:
    found = latencies({"b": 3_000.0, "a": 1_000.0, "c": 2_000.0}, {"a": 1_009, "b": 3_004, "c": 2_001}, 0.0)
    assert found.tolist() == [10.0, 2.0, 5.0]


def test_comments_of_the_beginning_do_not_count() -> None:
    assert latencies({"a": 999.0, "b": 1_000.0}, {"a": 5_000, "b": 1_001}, 1.0).tolist() == [2.0]


def test_comment_without_an_output_has_no_latency() -> None:
    assert len(latencies({"a": 1_000.0}, {}, 0.0)) == 0
    assert len(latencies({}, {"a": 1_000}, 0.0)) == 0


def test_of_several_outputs_the_first_counts() -> None:
    times = Times()
    times.due("a", 1.0)
    for at_ms in (1_020, 1_010, 1_030):
        times.predicted("a", at_ms)
    assert times.to_predictions(0.0).tolist() == [11.0]
    assert len(times.to_alerts(0.0)) == 0


def test_times_are_read_from_the_records_of_three_topics() -> None:
    topics, times = Topics.named("lane."), Times()
    observe = observer(topics, times)
    event = b'{"event_id":"lane.reddit_stream:1:7","probability":0.9}'
    for topic, value, at_ms in (
        (topics.comments.name, b'{"id":"c1","created_utc":2.5}', 1),
        (topics.predictions.name, event, 2_510),
        (topics.alerts.name, event, 2_512),
        (topics.dead_letters.name, b"anything", 2_513),
    ):
        observe(SimpleNamespace(topic=topic, partition=1, offset=7, timestamp=at_ms, value=value))
    assert times.to_predictions(0.0).tolist() == [11.0]
    assert times.to_alerts(0.0).tolist() == [13.0]


def test_quantiles_are_latencies_that_occurred() -> None:
    found = quantiles(np.arange(1_000.0, 0.0, -1.0))
    assert found == Quantiles(1_000, 500.0, 950.0, 990.0, 1_000.0)


def test_one_latency_is_all_quantiles() -> None:
    assert quantiles(np.array([3.0])) == Quantiles(1, 3.0, 3.0, 3.0, 3.0)


def test_nothing_has_no_quantiles() -> None:
    assert quantiles(np.array([])) is None


@pytest.mark.parametrize(
    ("last_ms", "expected"), [(FALLS_BEHIND_MS - 1, True), (FALLS_BEHIND_MS, False)], ids=["steady", "behind"]
)
def test_contender_falls_behind_when_the_last_comments_take_longer(last_ms: float, expected: bool) -> None:
    assert keeps_up(np.array([0.0] * 90 + [last_ms] * 10)) is expected


def test_slow_but_steady_contender_keeps_up() -> None:
    assert keeps_up(np.full(100, 5_000.0))
    assert keeps_up(np.array([]))


def test_each_load_has_a_table_with_contenders_in_our_order() -> None:
    measures = [
        make_measure(contender=name, wanted=load) for name in ("quix", "ours") for load in (100.0, HALF)
    ]
    found = [*table.lines(measures)]
    assert [line for line in found if line.startswith("###")] == [
        "### 100 comments/s",
        "### half of the maximum",
    ]
    assert [line.split(" | ")[0] for line in found if line.startswith("| ")] == [
        "| contender",
        "| modstream, in process",
        "| Quix Streams",
    ] * 2


def test_each_row_has_as_many_cells_as_headings() -> None:
    measures = [make_measure(), make_measure(contender="bare", predictions=None, alerts=None, cpu_us={})]
    widths = {line.count("|") for line in table.lines(measures) if line.startswith("|")}
    assert widths == {len(table.HEADINGS) + 1}


def test_losses_repetitions_and_falling_behind_are_said() -> None:
    assert table.outputs(make_measure()) == "all"
    assert (
        table.outputs(make_measure(lost=3, repeated=2, keeps_up=False))
        == "**3 lost**, 2 twice, **falls behind**"
    )


@pytest.mark.parametrize(("late", "expected"), [(10, False), (11, True)], ids=["a-hundredth", "more"])
def test_late_sender_is_told(late: int, expected: bool) -> None:
    measure = make_measure(sent=make_sent(late=late))
    assert any("the sender was more than" in line for line in table.lines([measure])) is expected
    assert ("the sender was late" in table.one_line(measure)) is expected


def test_picture_is_drawn_with_gaps_in_the_figures() -> None:
    measures = [make_measure(), make_measure(contender="quix", wanted=HALF, predictions=None, alerts=None)]
    assert draw(measures, "a title", "png").startswith(b"\x89PNG")


def test_usual_contenders_and_loads_are_those_that_can_be_borne() -> None:
    options = parse([])
    assert options.only == list(USUAL)
    assert {"talk", "ours", "bare"} < set(USUAL)
    assert not {"scorer", "ours-2", "bare-2"} & set(USUAL)
    assert options.rates == [100.0, 500.0, 1_000.0, HALF]


@pytest.mark.parametrize(
    "arguments",
    [["--rates", "third"], ["--seconds", "0"], ["--maximum", "-1"], ["--only", "scorer"]],
    ids=lambda each: each[0],
)
def test_senseless_option_ends_with_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
