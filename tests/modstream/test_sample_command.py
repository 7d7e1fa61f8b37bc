"""`modstream sample` as a user or a script meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from training.data import CommentFile

COMMAND = [sys.executable, "-m", "modstream", "sample"]
DEADLINE_S = 60.0
ROOT = Path(__file__).parents[2]


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=DEADLINE_S,
        check=False,
    )


def test_the_help_has_examples() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout


def test_standard_output_gets_csv_and_nothing_else() -> None:
    done = run("--n", "3", "--seed", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("id,body,removed,created_utc,subreddit,author,score\ns2-000001,")


def test_the_seed_decides() -> None:
    assert run("--n", "20").stdout == run("--n", "20", "--seed", "1", "--out", "-").stdout
    assert run("--n", "20").stdout != run("--n", "20", "--seed", "2").stdout


@pytest.mark.parametrize(
    ("name", "options", "first_byte"),
    [
        pytest.param("comments.csv", [], "i", id="csv by its ending"),
        pytest.param("comments.ndjson", [], "{", id="ndjson by its ending"),
        pytest.param("COMMENTS.JSONL", [], "{", id="an ending in capitals"),
        pytest.param("comments", [], "i", id="csv without an ending"),
        pytest.param("comments.csv", ["--format", "ndjson"], "{", id="the option before the ending"),
    ],
)
def test_a_file_is_written_in_the_format_of(
    tmp_path: Path, name: str, options: list[str], first_byte: str
) -> None:
    path = tmp_path / name
    done = run("--n", "40", "--out", str(path), *options)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"wrote 40 comments to {path}\n"
    assert path.read_text(encoding="utf-8")[0] == first_byte
    assert len(list(CommentFile(path, labelled=True))) == 40


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("missing/comments.csv", "No such file or directory", id="no folder"),
        pytest.param(".", "Is a directory", id="a folder"),
        pytest.param("comments.csv.gz", "files are not compressed here", id="compressed"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path, name: str, reason: str) -> None:
    done = run("--out", str(tmp_path / name))
    assert done.returncode == 1
    assert done.stderr.startswith(f"modstream: cannot write comments to {tmp_path / name}: {reason}"[:200])
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_sentence() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = run("--n", "10", stdout=full)
    finally:
        os.close(full)
    assert done.returncode == 1
    assert done.stderr == "modstream: cannot write comments to standard output: No space left on device\n"


@pytest.mark.parametrize("wrong", [["--n", "0"], ["--format", "xml"], ["--seed", "one"], ["--seed", "-1"]])
def test_a_wrong_option_is_a_usage_error(wrong: list[str]) -> None:
    done = run(*wrong)
    assert done.returncode == 2
    assert wrong[0] in done.stderr


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_reader_that_has_enough_ends_it_quietly(form: str) -> None:
    arguments = [*COMMAND, "--n", "1000000000", "--format", form]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(DEADLINE_S) == 0
        assert process.stderr.read() == b""
