"""`modstream score` as a user or a script meets it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from model_service.bundle import load_bundle
from model_service.settings import BASELINE
from tests.modstream.score.examples import contents, records, write_comments

COMMAND = [sys.executable, "-m", "modstream", "score"]
LOADED_AT_THE_END = [
    sys.executable,
    "-c",
    "import atexit, sys; heavy = {'numpy', 'spacy', 'pyarrow', 'kafka'}\n"
    "atexit.register(lambda: print(sorted(heavy & set(sys.modules))))\n"
    "from modstream.cli import run; run()",
]
DEADLINE_S = 120.0
ALL_OUTPUTS = ("--alerts", "a.ndjson", "--windows", "w.ndjson", "--late", "l.ndjson")
WRONG_COLUMNS = "wrong.csv --out p.ndjson"
LIMIT_FILES = 'ulimit -f {blocks}; exec "$@"'
"""A shell's way to a disk that gets full, in blocks of 512 or 1,024 bytes."""


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOD_")}


def surroundings() -> dict[str, str]:
    return {**environment(), "COLUMNS": "200", "PYTHONPATH": str(Path(__file__).parents[2])}


def start(cwd: Path, *arguments: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, *COMMAND, *arguments],
        cwd=cwd,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        # Whoever runs the tests in the background may have them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads here
    )


def run(cwd: Path, *arguments: str, before: Sequence[str] = ()) -> tuple[int, str, str]:
    process = start(cwd, *arguments, before=before)
    out, err = process.communicate(timeout=DEADLINE_S)
    return process.returncode, out, err


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def rows_on_disk(state: Path) -> int:
    return int(json.loads(state.read_bytes())["progress"]["rows"]) if state.exists() else 0


def wait_until_saved(state: Path, process: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not rows_on_disk(state):
        assert process.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def without_times(content: bytes) -> list[dict[str, object]]:
    found = [json.loads(line) for line in content.splitlines()]
    return [
        {name: value for name, value in each.items() if name not in ("scored_at", "dead_lettered_at")}
        for each in found
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_comments(tmp_path / "comments.ndjson", 400)


@pytest.fixture
def timed_file(tmp_path: Path) -> Path:
    """Return a file that takes some seconds, of comments that all have a time of their own."""
    return write_timed(tmp_path / "comments.ndjson", 24_000)


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """Return a file that takes far longer than any test."""
    return write_timed(tmp_path / "comments.ndjson", 300_000)


def write_timed(path: Path, count: int) -> Path:
    with path.open("w") as stream:
        for number in range(count):
            comment = {"id": f"c{number}", "body": f"words number{number} no{number}", "created_utc": number}
            stream.write(json.dumps(comment) + "\n")
    return path


@pytest.mark.usefixtures("file")
def test_a_file_is_scored_and_accounted_for(tmp_path: Path) -> None:
    options = ("--out", "p.ndjson", *ALL_OUTPUTS, "--threshold", "0.3", "--processes", "2")
    status, out, err = run(tmp_path, "comments.ndjson", *options, "--json")
    assert (status, "Traceback" in err) == (0, False), err
    report = json.loads(out)
    assert report["read"] == report["predicted"] + report["dead_lettered"] == 400
    assert len(records(tmp_path / "p.ndjson")) == report["predicted"]
    assert len(records(tmp_path / "a.ndjson")) == report["alerts"] > 0
    assert len(records(tmp_path / "w.ndjson")) == report["windows"] > 0
    assert len(records(tmp_path / "p.dead_letters.ndjson")) == report["dead_lettered"] > 0
    assert not list(tmp_path.glob("*.partial")) + list(tmp_path.glob("*.state"))


@pytest.mark.usefixtures("file")
def test_threshold_has_a_name_of_the_bundles(tmp_path: Path) -> None:
    options = ("--out", "p.ndjson", "--alerts", "a.ndjson", "--processes", "1", "--threshold", "balanced")
    status, _, err = run(tmp_path, "comments.ndjson", *options)
    assert (status, "Traceback" in err) == (0, False), err
    balanced = load_bundle(BASELINE).manifest.thresholds["balanced"]
    assert {each["threshold"] for each in records(tmp_path / "a.ndjson")} == {balanced}


@pytest.mark.usefixtures("timed_file")
def test_a_killed_run_goes_on_and_ends_with_the_same_records(tmp_path: Path) -> None:
    """And what is left of it are files: no process stays."""
    assert run(tmp_path, "comments.ndjson", "--out", "whole.ndjson", "--windows", "whole_w.ndjson")[0] == 0
    options = ("comments.ndjson", "--out", "p.ndjson", "--windows", "w.ndjson")
    killed = start(tmp_path, *options, "--processes", "2")
    wait_until_saved(tmp_path / "p.ndjson.state", killed)
    helpers = descendants(killed)
    assert len(helpers) >= 2
    killed.kill()
    killed.communicate()
    assert psutil.wait_procs(helpers, timeout=30)[1] == []
    assert not (tmp_path / "p.ndjson").exists()
    status, out, err = run(tmp_path, *options, "--json")
    assert status == 0, err
    report = json.loads(out)
    assert (report["read"], report["resumed_at"] > 0) == (24_000, True)
    found = contents(tmp_path)
    assert found["w.ndjson"] == found["whole_w.ndjson"]
    assert without_times(found["p.ndjson"]) == without_times(found["whole.ndjson"])


@pytest.mark.usefixtures("long_file")
def test_ctrl_c_ends_it_with_130_and_without_traceback(tmp_path: Path) -> None:
    process = start(tmp_path, "comments.ndjson", "--out", "p.ndjson", "--processes", "2")
    wait_until_saved(tmp_path / "p.ndjson.state", process)
    helpers = descendants(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all of them
    out, err = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "modstream: stopped; the same command goes on from here"
    assert "Traceback" not in err
    assert psutil.wait_procs(helpers, timeout=30)[1] == []


@pytest.mark.usefixtures("file")
def test_ctrl_c_before_anything_is_kept_says_so_and_other_settings_are_fine(tmp_path: Path) -> None:
    process = start(tmp_path, "comments.ndjson", "--out", "p.ndjson", "--alerts", "a.ndjson")
    deadline_s = time.monotonic() + DEADLINE_S
    while not (tmp_path / "p.ndjson.state").exists():  # it is there before the scoring processes start
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, err) == (130, "modstream: stopped before anything was kept\n")
    assert rows_on_disk(tmp_path / "p.ndjson.state") == 0
    assert run(tmp_path, "comments.ndjson", "--out", "p.ndjson", "--threshold", "0.8")[0] == 0
    assert set(contents(tmp_path)) == {"comments.ndjson", "p.ndjson", "p.dead_letters.ndjson"}


@pytest.mark.usefixtures("file")
def test_ctrl_c_is_nothing_to_a_scoring_process_from_its_first_moment(tmp_path: Path) -> None:
    process = start(tmp_path, "comments.ndjson", "--out", "p.ndjson", "--processes", "2")
    told = set()
    while process.poll() is None:
        for helper in descendants(process):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(helper.cmdline()):
                    helper.send_signal(signal.SIGINT)
                    told.add(helper.pid)
        time.sleep(0.01)
    _, err = process.communicate()
    assert (process.returncode, len(told)) == (0, 2), err
    assert "Process" not in err


@pytest.mark.usefixtures("file")
def test_a_full_disk_is_one_sentence_and_the_run_can_go_on(tmp_path: Path) -> None:
    shell = ("sh", "-c", LIMIT_FILES.format(blocks=16), "sh")
    options = ("comments.ndjson", "--out", "p.ndjson", "--processes", "1")
    status, _, err = run(tmp_path, *options, before=shell)
    assert (status, err.splitlines()[-1]) == (1, "modstream: cannot write p.ndjson: File too large")
    assert "Traceback" not in err
    assert run(tmp_path, *options)[0] == 0


@pytest.mark.parametrize(
    ("command", "status", "sentence"),
    [
        pytest.param("no.csv --out p.ndjson", 1, "cannot read no.csv: No such file", id="no-file"),
        pytest.param(WRONG_COLUMNS, 1, "wrong.csv has no column 'body'", id="wrong-columns"),
        pytest.param("comments.ndjson --out p.txt", 2, "ends in .ndjson", id="ending"),
        pytest.param("comments.ndjson --out p.ndjson --windows w.csv", 2, "--windows w.csv", id="windows"),
        pytest.param("comments.ndjson --out comments.ndjson", 2, "named twice", id="over-its-input"),
        pytest.param("comments.ndjson --out p.ndjson --alerts ./p.ndjson", 2, "named twice", id="twice"),
        pytest.param("- --out p.ndjson", 2, "standard input", id="stdin"),
        pytest.param("comments.ndjson --out there.ndjson", 2, "--force", id="there-already"),
        pytest.param("comments.ndjson --out p.ndjson --model .", 1, "no model bundle", id="no-model"),
        pytest.param(
            "comments.ndjson --out no/p.ndjson",
            1,
            "cannot write no/p.ndjson: there is no folder no",
            id="no-folder",
        ),
        pytest.param(
            "comments.ndjson --out p.ndjson --windows no/w.ndjson",
            1,
            "no folder no",
            id="no-folder-of-windows",
        ),
        pytest.param("comments.ndjson", 2, "--out", id="no-out"),
        pytest.param("comments.ndjson --out p.ndjson --threshold 2", 2, "--threshold", id="threshold"),
        pytest.param("comments.ndjson --out p.ndjson --threshold nope", 2, "it has balanced", id="name"),
    ],
)
@pytest.mark.usefixtures("file")
def test_a_mistake_is_one_sentence(tmp_path: Path, command: str, status: int, sentence: str) -> None:
    (tmp_path / "wrong.csv").write_text("text,label\nhello,1\n")
    (tmp_path / "there.ndjson").write_text("mine")
    before = contents(tmp_path)
    ended, out, err = run(tmp_path, *command.split())
    assert (ended, out) == (status, "")
    assert sentence in err
    assert "Traceback" not in err
    if command != WRONG_COLUMNS:  # that shows only when the scoring has begun
        assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "command",
    [
        "no.csv --out p.ndjson",
        "comments.ndjson --out p.txt",
        "comments.ndjson --out no/p.parquet",
        "comments.ndjson --out there.parquet",
    ],
)
@pytest.mark.usefixtures("file")
def test_what_is_wrong_with_a_path_is_said_before_anything_heavy_is_loaded(
    tmp_path: Path, command: str
) -> None:
    (tmp_path / "there.parquet").touch()
    arguments = [*LOADED_AT_THE_END, "score", *command.split()]
    done = subprocess.run(
        arguments, cwd=tmp_path, env=surroundings(), capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("modstream: "), done.stderr
    assert done.stdout == "[]\n"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks_kib = []
    for name, rows in (("small", 1_000), ("large", 16_000)):
        with (tmp_path / f"{name}.ndjson").open("w") as stream:
            for number in range(rows):  # 50 MB in the large one
                comment = {"id": f"c{number}", "body": "three plain words " * 180, "created_utc": number}
                stream.write(json.dumps(comment) + "\n")
        process = start(
            tmp_path, f"{name}.ndjson", "--out", f"{name}.out.ndjson", "--windows", f"{name}.w.ndjson"
        )
        _, status, usage = os.wait4(process.pid, 0)  # of the largest of its processes
        process.returncode = os.waitstatus_to_exitcode(status)
        process.communicate()
        assert process.returncode == 0
        peaks_kib.append(usage.ru_maxrss)
    small, large = peaks_kib
    assert large < small + 40 * 1024, f"{small} KiB for 1,000 comments, {large} KiB for 16,000"
