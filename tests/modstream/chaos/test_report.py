"""When a run is ok, what it says, and what it draws."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from modstream.chaos.errors import ReportNotWritableError
from modstream.chaos.picture import draw
from modstream.chaos.report import MIB, ChaosReport, lines, report_of
from modstream.chaos.schedule import Kind, random_schedule
from modstream.chaos.timeline import Carried
from modstream.chaos.watching import MemorySample
from modstream.chaos.writing import Files
from tests.modstream.chaos.examples import make_carried, make_found, make_plan, make_sample, make_verdict


def test_a_run_without_a_flaw_is_ok() -> None:
    report = report_of(make_found())
    assert (report.ok, report.problems) == (True, ())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"verdict": make_verdict(ok=False, missing=3)}, "3 lost", id="lost"),
        pytest.param({"verdict": make_verdict(inputs=99)}, "confirmed 100 records and holds 99", id="broker"),
        pytest.param(
            {"verdict": make_verdict(redelivered=41)}, "more than the bound of 40", id="redelivered"
        ),
        pytest.param({"forced": {"worker": 1}}, "1 workers had not ended", id="slow-stop"),
        pytest.param({"ended_by_themselves": {"worker": 1}}, "1 workers ended by themselves", id="gave-up"),
        pytest.param(
            {
                "carried": [make_carried(Kind.STOP, "service", for_s=60.0, began_s=0.0, ended_s=9.5)],
                "memory": [
                    MemorySample(0.0, {"worker-1": 50 * MIB}),
                    MemorySample(9.0, {"worker-1": 150 * MIB}),
                ],
            },
            "grew by 100 MiB",
            id="memory",
        ),
        pytest.param({"drained_s": None}, "still waiting", id="not-drained"),
        pytest.param({"carried": [make_carried(began_s=None)]}, "1 faults of the schedule", id="not-begun"),
        pytest.param({"carried": [make_carried(ended_s=None)]}, "1 faults of the schedule", id="not-ended"),
        pytest.param({"plan": make_plan(recovers_within_s=0.5)}, "more than 0.5 s", id="slow"),
    ],
)
def test_a_flaw_is_a_problem(changes: dict[str, Any], problem: str) -> None:
    report = report_of(make_found(**changes))
    assert not report.ok
    assert any(problem in each for each in report.problems), report.problems


def test_worker_that_starts_as_the_broker_dies_may_end() -> None:
    found = make_found(carried=[make_carried(Kind.KILL, "broker")], ended_by_themselves={"worker": 1})
    assert report_of(found).ok


def test_redeliveries_up_to_the_bound_are_no_problem() -> None:
    report = report_of(make_found(verdict=make_verdict(redelivered=40)))
    assert report.ok
    assert (report.kill_bound, report.bound, report.redelivered_per_kill) == (40, 40, 40.0)


def test_the_bound_counts_what_interrupts_and_the_kill_bound_kills_alone() -> None:
    found = make_found(
        carried=[
            make_carried(),
            make_carried(Kind.PAUSE),
            make_carried(Kind.STOP, "broker"),
            make_carried(Kind.STOP, "worker-2"),  # in good order: nothing need come twice
            make_carried(Kind.REMOVE),
        ],
        forced={"worker": 2},
        ended_by_themselves={"worker": 1},
    )
    report = report_of(found)
    assert (report.kills_total, report.interruptions) == (1, 6)
    assert (report.kill_bound, report.bound) == (40, 240)


def test_recovery_is_counted_from_a_kill_but_from_the_end_of_a_pause() -> None:
    samples = [make_sample(float(at), outputs=max(0, at - 5)) for at in range(10)]
    found = make_found(
        samples=samples, carried=[make_carried(), make_carried(Kind.PAUSE, began_s=1.0, ended_s=4.0)]
    )
    assert [each.first_output_s for each in report_of(found).faults] == [5.0, 2.0]


def test_drain_begins_with_the_last_fault_when_comments_ended_before_it() -> None:
    report = report_of(make_found(sent_s=1.0, drained_s=10.0, carried=[make_carried(ended_s=4.0)]))
    assert report.drain_s == 6.0


def test_lines_say_what_matters() -> None:
    told = "\n".join(lines(report_of(make_found(verdict=make_verdict(ok=False, missing=3)))))
    assert "1 kills (1 worker)" in told
    assert "3 lost, 0 conflicting" in told
    assert "problem: the verdict" in told
    assert told.endswith("seed 7: not ok")


def test_json_can_be_read_again(tmp_path: Path) -> None:
    report = report_of(make_found())
    path = tmp_path / "report.json"
    assert list(Files(path, None).write(report, [])) == [path]
    assert msgspec.json.decode(path.read_bytes(), type=ChaosReport) == report


def many_faults() -> list[Carried]:
    found = []
    for fault in random_schedule(1, kills=200, seconds=1_000, workers=2):
        carried = Carried(fault)
        carried.began_s, carried.ended_s = fault.at_s, fault.at_s + fault.for_s
        found.append(carried)
    return found


@pytest.mark.parametrize("faults", [[], [make_carried()], many_faults()], ids=["none", "one", "many"])
def test_picture_is_a_png_that_can_be_read(tmp_path: Path, faults: list[Carried]) -> None:
    found = make_found(carried=faults)
    path = tmp_path / "picture.png"
    draw(report_of(found), found.samples, path)
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        assert image.width > 1_000
        colours = image.convert("RGB").getcolors(image.width * image.height)
    assert colours is not None
    assert len(colours) > 20, "something is drawn"


def test_a_run_without_samples_has_a_picture_too(tmp_path: Path) -> None:
    found = make_found(samples=[], memory=[])
    draw(report_of(found), [], tmp_path / "picture.png")


def test_a_path_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    with pytest.raises(ReportNotWritableError, match=r"cannot write to .*none"):
        Files(tmp_path / "none" / "report.json", None).require_writable()


def test_asking_whether_a_path_can_be_written_leaves_nothing_and_takes_nothing(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("kept")
    Files(old, new).require_writable()
    assert old.read_text() == "kept"
    assert not new.exists()
