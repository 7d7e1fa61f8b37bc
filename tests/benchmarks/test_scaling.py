import pytest

from benchmarks.harness.comments import Mix
from benchmarks.harness.usage import Usage
from benchmarks.harness.watching import Sample
from benchmarks.scaling import figures, table
from benchmarks.scaling.figures import Measure, exponent, growths, interval, rows, was_seen
from benchmarks.scaling.options import parse
from benchmarks.scaling.picture import draw
from benchmarks.scaling.run import LEAST_PAUSE_S, MOST_PAUSE_S, counting, drawn, pause_s
from benchmarks.scaling.series import (
    CHARACTERS,
    LEAST_COMMENTS,
    SERIES,
    WARM_UP,
    WORKERS_PARTITIONS,
    Name,
    Series,
    body_of,
    point,
    turns,
)


def make_measure(value: int, worker_us: float, **changes: object) -> Measure:
    whole = {
        "series": Name.PARTITIONS,
        "value": value,
        "repetition": 1,
        "comments": 1_000,
        "cpu_us": {"worker": worker_us},
        "lost": 0,
    }
    return Measure(**{**whole, **changes})  # type: ignore[arg-type]


def repetitions(*costs: tuple[float, float]) -> list[Measure]:
    """Return measures of the values 1 and 10, one pair a repetition."""
    return [
        make_measure(value, cost, repetition=number)
        for number, pair in enumerate(costs, 1)
        for value, cost in zip((1, 10), pair, strict=True)
    ]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0, -1.0])
def test_exponent_is_the_power(power: float) -> None:
    points = [(value, 7.0 * value**power) for value in (1.0, 3.0, 10.0, 100.0)]
    assert exponent(points) == pytest.approx(power)


def test_exponent_is_the_least_squares_slope() -> None:
    # By hand: logs to base 10 are (0, 0), (1, 1), (2, 1), (3, 1), so the slope is 1.5 / 5.
    assert exponent([(1, 1), (10, 10), (100, 10), (1_000, 10)]) == pytest.approx(0.3)


def test_interval_is_students() -> None:
    # By hand: mean 2, deviation 1, t(2 degrees, 97.5 %) = 4.303, over the root of 3.
    assert [*interval([1.0, 2.0, 3.0])] == pytest.approx([2 - 2.484, 2 + 2.484], abs=1e-3)


def test_one_repetition_has_no_interval() -> None:
    assert interval([1.0]) == (None, None)


def test_growth_is_the_mean_of_the_repetitions_exponents() -> None:
    (found,) = growths(repetitions((1.0, 10.0), (1.0, 1.0), (2.0, 20.0)))
    assert found.exponent == pytest.approx(2 / 3)
    assert [found.low, found.high] == pytest.approx([2 / 3 - 1.434, 2 / 3 + 1.434], abs=1e-3)


def test_change_is_that_of_the_medians_from_the_smallest_value_to_the_largest() -> None:
    (found,) = growths([make_measure(10, 30.0), make_measure(2, 15.0), make_measure(5, 99.0)])
    assert [found.first, found.last, found.change] == pytest.approx([2, 10, 1.0])


def test_each_part_of_each_series_grows_by_itself() -> None:
    measures = [
        make_measure(value, 5.0, series=series, cpu_us={"worker": 5.0 * value**power, "broker": 2.0})
        for power, series in enumerate((Name.BODY, Name.BATCH), 1)
        for value in (1, 10)
    ]
    assert [(each.series, each.part, round(each.exponent, 3)) for each in growths(measures)] == [
        (Name.BODY, "worker", 1.0),
        (Name.BODY, "broker", 0.0),
        (Name.BATCH, "worker", 2.0),
        (Name.BATCH, "broker", 0.0),
    ]


def test_single_value_does_not_grow() -> None:
    assert growths([make_measure(1, 5.0), make_measure(1, 6.0, repetition=2)]) == []


def test_point_without_figures_is_a_gap() -> None:
    measures = [make_measure(1, 5.0), make_measure(5, 0.0, cpu_us={}), make_measure(10, 50.0)]
    (found,) = growths(measures)
    assert found.exponent == pytest.approx(1.0)
    assert [row.cpu_us for row in rows(measures)] == [{"worker": 5.0}, {}, {"worker": 50.0}]


def test_rows_are_medians_with_the_least_and_the_most() -> None:
    costs = (9.0, 5.0, 6.0)
    found = rows([make_measure(1, cost, repetition=number, lost=1) for number, cost in enumerate(costs, 1)])
    assert [(row.cpu_us, row.least_us, row.most_us, row.lost) for row in found] == [
        ({"worker": 6.0}, {"worker": 5.0}, {"worker": 9.0}, 3)
    ]


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [([], False), ([0, 0], False), ([0, 6, 10], False), ([0, 5, 10], True)],
    ids=["none", "no-output", "most-before-the-first-look", "half-after-it"],
)
def test_work_was_seen_when_half_of_it_came_after_the_first_look(outputs: list[int], expected: bool) -> None:
    assert was_seen([Sample(0.0, each, {"worker": Usage()}) for each in outputs]) is expected


@pytest.mark.parametrize("series", list(Name))
def test_point_varies_one_thing_alone(series: Name) -> None:
    usual = point(Name.BACKLOG, 5_000, 5_000)._replace(series=series, value=0)
    found = point(series, 3, 5_000)._replace(value=0)
    differ = {field for field in found._fields if getattr(found, field) != getattr(usual, field)}
    assert (
        differ
        == {
            Name.BODY: {"body"},
            Name.BATCH: {"batch"},
            Name.PARTITIONS: {"partitions"},
            Name.WORKERS: {"workers", "partitions"},
            Name.SUBREDDITS: {"subreddits"},
            Name.BACKLOG: {"comments"},
        }[series]
    )


def test_every_number_of_workers_shares_the_partitions_evenly() -> None:
    (workers,) = (each for each in SERIES if each.name is Name.WORKERS)
    assert [WORKERS_PARTITIONS % each for each in workers.values] == [0] * len(workers.values)


@pytest.mark.parametrize(
    ("length", "comments", "expected"),
    [
        (10, 20_000, 20_000),
        (10_000, 20_000, LEAST_COMMENTS),
        (10_000, 500, 500),
        (2_000, 50_000, CHARACTERS // 2_000),
    ],
    ids=["short", "very-long", "few", "long"],
)
def test_long_comments_are_fewer(length: int, comments: int, expected: int) -> None:
    assert point(Name.BODY, length, comments).comments == expected


def test_batch_size_is_told_to_the_worker() -> None:
    assert point(Name.BATCH, 64, 1).settings == {"MOD_BATCH_SIZE": "64"}
    assert point(Name.BODY, 64, 1).settings == {}


def test_every_other_repetition_goes_backwards() -> None:
    chosen = [Series(Name.BATCH, "a", (1, 2)), Series(Name.WORKERS, "b", (3,))]
    found = [
        (each.point.series, each.repetition, each.point.value) for each in turns(chosen, 2, 9, full=False)
    ]
    assert found == [
        (Name.BATCH, 1, 1),
        (Name.BATCH, 1, 2),
        (Name.BATCH, 2, 2),
        (Name.BATCH, 2, 1),
        (Name.WORKERS, 1, 3),
        (Name.WORKERS, 2, 3),
    ]


@pytest.mark.parametrize(("full", "largest"), [(False, 200_000), (True, 2_000_000)], ids=["usual", "full"])
def test_largest_backlogs_are_measured_only_when_asked_for(full: bool, largest: int) -> None:
    (backlog,) = (each for each in SERIES if each.name is Name.BACKLOG)
    assert (min(backlog.points(full=full)), max(backlog.points(full=full))) == (10_000, largest)


@pytest.mark.parametrize("length", [1, 3, 4, 100])
def test_body_has_exactly_so_many_characters(length: int) -> None:
    assert len(body_of(["abc", "de"], length, 5)) == length
    assert "de abc de abc".startswith(body_of(["abc", "de"], min(length, 13), 5))


def test_comments_of_a_point_have_its_lengths_and_subreddits() -> None:
    found = [*drawn(point(Name.BODY, 40, 30), Mix.SEEN)]
    assert {len(each.body) for each in found} == {40}
    assert len({each.body for each in found}) > 1
    assert len({each.subreddit for each in drawn(point(Name.SUBREDDITS, 1, 30), Mix.SEEN)}) == 1
    assert len({each.subreddit for each in drawn(point(Name.SUBREDDITS, 1_000, 30), Mix.SEEN)}) > 20


@pytest.mark.parametrize(
    ("count", "expected"), [(10_000, LEAST_PAUSE_S), (400_000, 0.1), (2_000_000, MOST_PAUSE_S)], ids=str
)
def test_small_backlogs_are_looked_at_more_often(count: int, expected: float) -> None:
    assert pause_s(count) == pytest.approx(expected)


def test_table_says_how_each_series_grows() -> None:
    measures = repetitions((1.0, 10.0), (2.0, 20.0))
    found = [*table.lines(rows(measures), growths(measures))]
    assert found[-3:] == [
        "| 10 | 15.0 (10.0 to 20.0) | – | – | 0 |",
        "",
        "- worker: exponent +1.00 (+1.00 to +1.00); +900% from 1 to 10",
    ]


def test_parts_are_told_in_the_order_of_the_columns() -> None:
    cpu_us = {"worker": 1.0, "broker": 2.0, "service": 3.0}
    measures = [make_measure(value, 0.0, cpu_us=cpu_us) for value in (1, 10)]
    told = [line for line in table.lines(rows(measures), growths(measures)) if line.startswith("- ")]
    assert [line.split(":")[0] for line in told] == ["- worker", "- service", "- broker"]


def test_one_repetition_is_told_without_an_interval() -> None:
    measures = repetitions((1.0, 10.0))
    assert table.power(*growths(measures)) == "exponent +1.00"
    assert "| 10 | 10.0 | – | – | 0 |" in [*table.lines(rows(measures), [])]


def test_series_are_headed_by_what_is_varied() -> None:
    found = [*table.lines(rows([make_measure(64, 5.0, series=Name.BATCH)]), [])]
    assert "### Comments in a batch (MOD_BATCH_SIZE)" in found


def test_loss_is_said_in_bold() -> None:
    measure = make_measure(1, 5.0, lost=3)
    assert [*table.lines(rows([measure]), [])][-2].endswith("| **3** |")
    assert table.one_line(measure) == "  partitions 1: µs CPU: worker 5.0; **3 lost**"


def test_picture_has_a_panel_for_each_series_and_gaps() -> None:
    measures = [
        make_measure(value, 5.0, series=series, cpu_us={"worker": 5.0} if value else {})
        for series in Name
        for value in (1, 10)
    ]
    measures.append(make_measure(100, 0.0, cpu_us={}))
    found = draw(figures.rows(measures), figures.growths(measures), "a title", "svg").decode()
    assert found.count("µs CPU a comment") == len(Name)
    assert "worker: exponent" in found
    assert "service" not in found


def test_series_are_all_or_those_named() -> None:
    assert parse([]).only == list(Name)
    assert parse(["--only", "workers", "body"]).only == [Name.BODY, Name.WORKERS]


@pytest.mark.parametrize(
    ("service", "contender"), [("none", "ours"), ("rest", "ours-rest"), ("grpc", "ours-grpc")], ids=str
)
def test_service_decides_who_is_measured(service: str, contender: str) -> None:
    assert parse(["--service", service]).contender == contender


@pytest.mark.parametrize(
    "arguments", [["--only", "odd"], ["--soak", "0"], ["--repetitions", "0"]], ids=lambda each: each[0]
)
def test_senseless_option_ends_with_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2


def test_what_comes_before_and_after_is_not_counted() -> None:
    wanted = point(Name.BACKLOG, 100, 100)._replace(warm_up=100, after=50)
    samples = [
        Sample(float(at_s), outputs, {"worker": Usage()})
        for at_s, outputs in enumerate((0, 90, 100, 170, 205, 230, 250))
    ]
    assert [(each.at_s, each.outputs) for each in counting(samples, wanted)] == [
        (2.0, 0),
        (3.0, 70),
        (4.0, 105),
    ]


@pytest.mark.parametrize(
    ("length", "expected"), [(10, WARM_UP), (10_000, LEAST_COMMENTS)], ids=["short", "long"]
)
def test_comments_of_a_point_have_others_before_and_after(length: int, expected: int) -> None:
    found = point(Name.BODY, length, 30)
    assert found.warm_up == expected
    assert sum(1 for _ in drawn(found._replace(body=5), Mix.SEEN)) == expected + 30 + found.after
