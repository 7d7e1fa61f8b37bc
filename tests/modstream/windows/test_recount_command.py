"""`modstream windows recount` over files, as a user runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.modstream.score.examples import make_job, score, write_comments

DEADLINE_S = 60.0


def recount(*files: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modstream", "windows", "recount", *files],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def test_parquet_gives_the_windows_of_the_lines(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: make install")
    file = write_comments(tmp_path / "comments.ndjson", 600)
    for name in ("lines.ndjson", "p.parquet"):
        score(make_job(tmp_path, file, out=str(tmp_path / name), alerts=None, windows=None, late=None))
    of_lines, of_parquet = recount(tmp_path / "lines.ndjson"), recount(tmp_path / "p.parquet")
    assert (of_parquet.returncode, of_parquet.stderr) == (0, "")
    assert of_parquet.stdout == of_lines.stdout
    assert len(of_parquet.stdout.splitlines()) > 10


def test_rows_that_are_no_predictions_are_one_sentence(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: make install")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"id": ["c1"]}), tmp_path / "other.parquet")
    at = pa.array([1], pa.timestamp("ns"))
    parquet.write_table(pa.table({"id": ["c1"], "at": at}), tmp_path / "times.parquet")
    for name, sentence in (("other", "{}:1 is not a prediction"), ("times", "cannot read {}: Nanosecond")):
        file = tmp_path / f"{name}.parquet"
        done = recount(file)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"modstream: {sentence.format(file)}")
        assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_parquet_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed: make install")
    (tmp_path / "p.parquet").write_text("no such thing, and long enough to be one")
    for name, reason in (("p.parquet", "Parquet magic bytes not found"), ("none.parquet", "No such file")):
        done = recount(tmp_path / name)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"modstream: cannot read {tmp_path}/{name}: {reason}")
        assert len(done.stderr.splitlines()) == 1
