"""`modstream explain` as a user or a script meets it."""

import json
import os
import re
import subprocess
import sys
from math import exp
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from model_service.bundle import ADDITIVE, load_bundle, sha256
from model_service.scorer import Scorer
from model_service.weights_files import files_of
from modstream import console
from modstream.cli import app
from tests.model_service.examples import make_additive
from tests.training.report.told import make_manifest
from training import writing

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0
WORDS = {"idiot": 2.0, "you idiot": 0.5, "hoax": 1.25, "study": -1.5, "\x1b[31mred": 1.0, "idiot\x9b31": 0.75}
TEXT = "You idiot, the study is a HOAX. Hoax?"
NASTY = "\x1b[31mred idiot\x9b31m \u202ehoax \x07bell".encode() + b" \xff\xed\xa0\x80 hoax"
"""Codes that a terminal obeys, and bytes that are not UTF-8: in Python, lone surrogates."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small bundle of the default recipe."""
    folder = tmp_path_factory.mktemp("models") / "small"
    weights = make_additive(
        WORDS, {"idi": 0.25, " ho": -0.125}, {"capitals": 0.5, "question_marks": 1}, -0.75
    )
    files = files_of(weights)
    manifest = make_manifest(recipe=ADDITIVE, files={name: sha256(each) for name, each in files.items()})
    writing.write(folder, manifest.to_bytes(), files)
    return folder


def run(*arguments: str, stdin: bytes = b"") -> Result:
    """Return what the command did, in this process: another one takes seconds to start."""
    return CliRunner().invoke(app, ["explain", *arguments], input=stdin)


def run_alone(*arguments: str | bytes, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Return what the command did as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "modstream", "explain", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "PYTHONUTF8": "1"},
        input=stdin,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
    )


def told(bundle: Path, *arguments: str, stdin: bytes = b"") -> dict[str, Any]:
    done = run(*arguments, "--model", str(bundle), "--json", stdin=stdin)
    assert (done.exit_code, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_all_reasons_and_the_intercept_add_up(bundle: Path) -> None:
    answer = told(bundle, TEXT, "--reasons", "0")
    weights = [reason["weight"] for reason in answer["reasons"]]
    assert answer["intercept"] == -0.75
    assert answer["log_odds"] == pytest.approx(answer["intercept"] + sum(weights), abs=1e-12)
    assert answer["probability"] == pytest.approx(1 / (1 + exp(-answer["log_odds"])), abs=1e-12)
    loaded = load_bundle(bundle)
    assert answer["model_version"] == loaded.model_version
    assert answer["probability"] == Scorer(loaded.weights).probabilities([TEXT])[0, 1]
    assert weights == sorted(weights, key=lambda weight: -abs(weight))
    assert {"you idiot", "hoax", "study", "capital letters", "question marks"} <= {
        reason["word"] for reason in answer["reasons"]
    }


def test_words_point_at_the_comment_and_traits_at_nothing(bundle: Path) -> None:
    for reason in told(bundle, TEXT, "--reasons", "0")["reasons"]:
        if reason["start"] is None:
            assert reason["end"] is None
            assert reason["word"] in {"capital letters", "question marks"}
        else:
            assert TEXT[reason["start"] : reason["end"]].lower() == reason["word"]


def test_fewer_reasons_are_the_first_of_them(bundle: Path) -> None:
    everything = told(bundle, TEXT, "--reasons", "0")
    assert told(bundle, TEXT, "--reasons", "2") == everything | {"reasons": everything["reasons"][:2]}


def test_standard_input_is_a_comment_as_an_argument_is(bundle: Path) -> None:
    assert told(bundle, "-", stdin=f"{TEXT}\n".encode()) == told(bundle, TEXT)


def test_people_get_the_figures_and_what_is_left_out(bundle: Path) -> None:
    answer = told(bundle, TEXT, "--reasons", "0")
    done = run(TEXT, "--model", str(bundle), "--reasons", "2")
    first, *reasons, left, intercept = done.stdout.splitlines()
    assert first == (
        f"{answer['probability']:.1%} likely to be removed (log-odds {answer['log_odds']:+.3f}), "
        f"says model {answer['model_version']}"
    )
    assert len(reasons) == 2
    shown = sum(float(line.split()[0]) for line in (*reasons, left, intercept))
    assert shown == pytest.approx(answer["log_odds"], abs=0.003)
    assert left.endswith(f" {len(answer['reasons']) - 2} more")
    assert intercept == " -0.750 every comment (the intercept)"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command print to a terminal with all colours."""
    out = Console(
        force_terminal=True, color_system="truecolor", highlight=False, soft_wrap=True, emoji=False, width=200
    )
    monkeypatch.setattr(console, "out", out)


def test_comment_is_not_shown_without_a_terminal(bundle: Path) -> None:
    shown = run("[bold]You[/bold] idiot", "--model", str(bundle)).stdout
    assert "[bold]" not in shown and "\x1b" not in shown


@pytest.mark.usefixtures("terminal")
def test_comment_is_shown_in_colour_on_a_terminal(bundle: Path) -> None:
    second = run("[bold]You[/bold] idiot", "--model", str(bundle)).stdout.splitlines()[1]
    assert COLOUR.sub("", second) == "[bold]You[/bold] idiot", "what is in the comment is no markup"
    assert COLOUR.search(second)


def assert_obeyed_by_no_terminal(shown: str) -> None:
    assert shown.encode(), "a lone surrogate got out"
    assert [each for each in shown if not each.isprintable() and each != "\n"] == []
    assert "31mred" in shown, "the word is among the reasons"


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["people", "json"])
def test_nothing_that_a_terminal_obeys_is_printed(bundle: Path, as_json: tuple[str, ...]) -> None:
    text = NASTY.decode("utf-8", "surrogateescape")
    done = run(text, "--model", str(bundle), "--reasons", "0", *as_json)
    assert done.exit_code == 0
    assert_obeyed_by_no_terminal(done.stdout)


@pytest.mark.usefixtures("terminal")
def test_nothing_that_a_terminal_obeys_is_printed_but_our_colours(bundle: Path) -> None:
    done = run(NASTY.decode("utf-8", "surrogateescape"), "--model", str(bundle), "--reasons", "0")
    assert done.exit_code == 0
    assert_obeyed_by_no_terminal(COLOUR.sub("", done.stdout))


@pytest.mark.parametrize(("text", "stdin"), [(NASTY, b""), (b"-", NASTY)], ids=["argument", "stdin"])
def test_bytes_that_are_not_utf_8_are_explained(bundle: Path, text: bytes, stdin: bytes) -> None:
    done = run_alone(text, "--model", str(bundle), stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"")
    assert_obeyed_by_no_terminal(done.stdout.decode())


def test_comment_without_words_has_a_probability(bundle: Path) -> None:
    for text in ("", " ", "😀"):
        answer = told(bundle, text, "--reasons", "0")
        weights = [reason["weight"] for reason in answer["reasons"]]
        assert answer["log_odds"] == pytest.approx(answer["intercept"] + sum(weights), abs=1e-12)


def test_bundle_of_the_environment_is_used(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOD_MODEL_DIR", str(bundle))
    assert json.loads(run(TEXT, "--json").stdout) == told(bundle, TEXT)


def test_missing_model_is_one_sentence(tmp_path: Path) -> None:
    done = run_alone(TEXT, "--model", str(tmp_path / "nothing"))
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"modstream: ")
    assert str(tmp_path / "nothing").encode() in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "wrong",
    [(), (TEXT, "--reasons", "-1"), (TEXT, "--reasons", "many"), (TEXT, "--no")],
    ids=["no-comment", "fewer-than-none", "no-number", "no-such-option"],
)
def test_wrong_use_is_a_usage_error(wrong: tuple[str, ...]) -> None:
    done = run(*wrong)
    assert (done.exit_code, done.stdout) == (2, "")
