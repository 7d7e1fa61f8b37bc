"""A run goes on, whatever becomes of one contender."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness.errors import NoOutputError
from benchmarks.throughput import run, table
from benchmarks.throughput.figures import rows
from benchmarks.throughput.options import parse


def test_contender_that_gives_no_output_has_lost_everything_and_ends_no_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: Any) -> None:
        raise NoOutputError("ours", "gave no output", tmp_path / "ours.log")

    monkeypatch.setattr(run, "work_off", fail)
    monkeypatch.setattr(run.Bench, "_lane", lambda *_: None)
    options = parse(["--only", "ours", "--rounds", "2", "--mix", "seen", "--comments", "100"])
    measures = run.Bench(None, options).measures()  # type: ignore[arg-type]
    assert [(each.round, each.done, each.lost) for each in measures] == [(1, 0, 100), (2, 0, 100)]
    (row,) = rows(measures)
    assert table.outputs(row) == "0 of 100, **100 lost**, **2 of 2 rounds not ended**"
