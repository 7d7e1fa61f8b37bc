from pathlib import Path

import pytest

from benchmarks.harness.errors import ExpectedUnreadableError, NothingExpectedError, NotWorthWritingError
from benchmarks.harness.watching import End
from benchmarks.quick import expected, table
from benchmarks.quick.__main__ import CONTENDERS
from benchmarks.quick.expected import (
    COMMITTED,
    MOST_TOLERANCE,
    Expected,
    Figure,
    Verdict,
    compared,
    figures,
)
from benchmarks.quick.options import ROUNDS_OF_UPDATE, parse
from benchmarks.quick.ratios import LEAST_TOLERANCE, Quantity, Ratio, ratios
from benchmarks.throughput.figures import LIMIT
from tests.benchmarks.test_figures import make_measure


def make_figure(**changes: object) -> Figure:
    whole = {"contender": "ours", "quantity": Quantity.RATE, "mean": 0.5, "tolerance": 0.1}
    return Figure(**{**whole, **changes})  # type: ignore[arg-type]


def make_ratio(*rounds: float, quantity: Quantity = Quantity.RATE, contender: str = "ours") -> Ratio:
    return Ratio(contender=contender, quantity=quantity, rounds=[*rounds])


def test_ratios_are_to_the_bare_loop_of_the_same_round() -> None:
    measures = [
        make_measure(contender=name, round=number, comments_per_s=rate, cpu_us=cpu)
        for name, number, rate, cpu in (
            ("ours", 1, 50.0, {"worker": 60.0, "broker": 20.0}),
            ("bare", 1, 100.0, {"worker": 30.0, "broker": 10.0}),
            ("bare", 2, 200.0, {"worker": 40.0}),
            ("ours", 2, 160.0, {"worker": 60.0}),
        )
    ]
    assert ratios(measures) == [
        make_ratio(0.5, 0.8),
        make_ratio(2.0, 1.5, quantity=Quantity.CPU),
    ]


def test_round_without_figures_has_no_ratios() -> None:
    bare = make_measure(contender="bare")
    assert ratios([bare, make_measure(comments_per_s=None, cpu_us={})]) == []
    assert ratios([make_measure(round=2), bare]) == []


def test_tolerance_is_two_deviations_of_a_round() -> None:
    assert make_ratio(0.8, 1.0, 1.2).tolerance == pytest.approx(2 * 0.2)


@pytest.mark.parametrize("rounds", [(1.0,), (1.0, 1.0), (1.0, 1.01)], ids=["one", "same", "near"])
def test_tolerance_has_a_least(rounds: tuple[float, ...]) -> None:
    assert make_ratio(*rounds).tolerance == LEAST_TOLERANCE


@pytest.mark.parametrize(
    ("quantity", "now", "verdict"),
    [
        (Quantity.RATE, 0.5, Verdict.AS_BEFORE),
        (Quantity.RATE, 0.549, Verdict.AS_BEFORE),
        (Quantity.RATE, 0.551, Verdict.FASTER),
        (Quantity.RATE, 0.449, Verdict.SLOWER),
        (Quantity.CPU, 0.551, Verdict.SLOWER),
        (Quantity.CPU, 0.449, Verdict.FASTER),
        (Quantity.CPU, 0.451, Verdict.AS_BEFORE),
    ],
)
def test_verdict(quantity: Quantity, now: float, verdict: Verdict) -> None:
    (change,) = compared([make_figure(quantity=quantity)], [make_ratio(now, quantity=quantity)])
    assert change.verdict is verdict
    assert change.by == pytest.approx(now / 0.5 - 1)


def test_more_rounds_are_allowed_less() -> None:
    committed = make_figure(tolerance=0.3)
    assert [committed.allows(rounds) for rounds in (1, 4, 100)] == [0.3, 0.15, LEAST_TOLERANCE]
    (change,) = compared([committed], [make_ratio(0.6, 0.6, 0.6, 0.6)])
    assert (change.tolerance, change.verdict) == (0.15, Verdict.FASTER)


def test_run_that_tells_too_little_is_not_written() -> None:
    good = make_ratio(0.5, 0.51, 0.52)
    expected.require_worth([good], [make_measure()])
    with pytest.raises(NotWorthWritingError, match="differ too much"):
        expected.require_worth([good, make_ratio(0.3, 0.5, 0.7)], [make_measure()])
    for bad in (make_measure(lost=1), make_measure(end=End.STALLED)):
        with pytest.raises(NotWorthWritingError, match="lost comments in round 1, or stopped"):
            expected.require_worth([good], [bad])


def test_update_from_too_few_rounds_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--update", "--rounds", "2"])
    assert "needs 3 rounds" in capsys.readouterr().err


def test_mean_of_the_rounds_is_compared() -> None:
    (change,) = compared([make_figure()], [make_ratio(0.1, 0.9)])
    assert (change.now, change.verdict) == (0.5, Verdict.AS_BEFORE)


def test_what_is_new_and_what_is_missing_is_told() -> None:
    found = compared([make_figure(contender="ours-grpc")], [make_ratio(0.5)])
    assert [(each.contender, each.verdict, each.by) for each in found] == [
        ("ours", Verdict.NEW, None),
        ("ours-grpc", Verdict.MISSING, None),
    ]


@pytest.mark.parametrize(
    ("now", "expected_status"), [(0.4, True), (0.5, False), (0.6, False)], ids=["slower", "same", "faster"]
)
def test_run_fails_when_something_is_slower(now: float, expected_status: bool) -> None:
    assert table.is_worse(compared([make_figure()], [make_ratio(now)]), []) is expected_status


def test_run_fails_when_a_committed_figure_was_not_measured() -> None:
    assert table.is_worse(compared([make_figure()], []), [])
    assert not table.is_worse(compared([], [make_ratio(0.5)]), [])


def test_run_fails_when_ours_lost_a_comment() -> None:
    assert table.is_worse([], [make_measure(lost=1)])
    assert not table.is_worse([], [make_measure(contender="bare", lost=1), make_measure()])


def test_table_tells_by_how_much_each_has_changed() -> None:
    found = [make_ratio(0.4), make_ratio(2.0, quantity=Quantity.CPU), make_ratio(0.6, contender="ours-rest")]
    changes = compared([make_figure(), make_figure(contender="ours-rest")], found)
    rows = [line for line in table.lines(changes) if line.startswith("| modstream")]
    assert rows == [
        "| modstream, in process | comments/s | 0.50 | 0.40 | -20% | ±10% | **slower** |",
        "| modstream, in process | µs CPU a comment | – | 2.00 | – | – | new |",
        "| modstream, Seldon REST | comments/s | 0.50 | 0.60 | +20% | ±10% | **faster** |",
    ]
    assert [*table.lines(changes)][-1] == table.NOISE


def test_other_model_other_machine_and_losses_are_remarked() -> None:
    committed = Expected(model_version="a" * 64, cores=2, comments=100, figures=[make_figure()])
    assert [*table.remarks(committed, "a" * 64, 2, [make_measure()])] == []
    found = [*table.remarks(committed, "b" * 64, 8, [make_measure(lost=3)])]
    assert len(found) == 3
    (other,) = table.remarks(committed, "a" * 64, 2, [make_measure(comments=7)])
    assert other == "The committed figures are of 100 comments a round."
    assert found[-1] == "modstream, in process lost 3 of 100 comments in round 1."


def test_figures_come_back_from_the_file(tmp_path: Path) -> None:
    written = Expected(model_version="a", cores=2, comments=7, rounds=1, figures=figures([make_ratio(1 / 3)]))
    expected.write(written, tmp_path / "expected.json")
    assert expected.read(tmp_path / "expected.json") == written
    assert [each.mean for each in written.figures] == [0.333]


def test_without_a_file_nothing_is_expected(tmp_path: Path) -> None:
    assert expected.read(tmp_path / "expected.json") == Expected()


def test_other_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "expected.json"
    path.write_text("[]")
    with pytest.raises(ExpectedUnreadableError, match="holds no figures"):
        expected.read(path)


def test_nothing_is_no_guard() -> None:
    with pytest.raises(NothingExpectedError, match="--update"):
        expected.require(Expected())
    expected.require(Expected(figures=[make_figure()]))


def test_committed_figures_are_of_what_is_measured() -> None:
    committed = expected.read(COMMITTED)
    found = {(each.contender, each.quantity) for each in committed.figures}
    assert found == {(name, quantity) for name in CONTENDERS if name != LIMIT for quantity in Quantity}
    assert max(each.tolerance for each in committed.figures) <= MOST_TOLERANCE


@pytest.mark.parametrize(
    ("arguments", "rounds"),
    [([], 1), (["--update"], ROUNDS_OF_UPDATE), (["--update", "--rounds", "3"], 3)],
    ids=["usual", "update", "given"],
)
def test_update_measures_more_rounds(arguments: list[str], rounds: int) -> None:
    assert parse(arguments).rounds == rounds
