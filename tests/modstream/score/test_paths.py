from pathlib import Path

import pytest

from modstream.errors import OptionsError
from modstream.score.errors import OutputUnwritableError
from modstream.score.paths import check_paths, output_names
from training.errors import FileUnreadableError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with an input, an empty file and two folders."""
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("id,body\nc1,words\n")
    Path("in.dead_letters.ndjson").write_text("{}\n")
    Path("empty.csv").touch()
    Path("folder.ndjson").mkdir()
    Path("sub").mkdir()
    Path("link.ndjson").symlink_to("in.csv")
    return tmp_path


def check(
    *inputs: str,
    out: str = "p.ndjson",
    alerts: str | None = None,
    windows: str | None = None,
    late: str | None = None,
) -> None:
    check_paths(inputs or ("in.csv",), output_names(out, alerts, windows, late))


def test_outputs_that_can_be_written_are_fine_and_nothing_is_left_behind(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    check("in.csv", "in.dead_letters.ndjson", alerts="sub/a.ndjson", windows="./w.jsonl", late="l.json")
    check(out="sub/../p.parquet")
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("option", ["out", "alerts", "windows", "late"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("no/such/x.ndjson", "there is no folder no/such", id="no-folder"),
        pytest.param("in.csv/x.ndjson", "in.csv is no folder", id="a-file-for-a-folder"),
        pytest.param("folder.ndjson", "it is a folder", id="a-folder-itself"),
        pytest.param("/proc/x.ndjson", "", id="no-permission"),
        pytest.param("x" * 300 + ".ndjson", "File name too long", id="too-long"),
    ],
)
def test_an_output_that_cannot_be_written_is_named_as_it_was_typed(
    option: str, name: str, reason: str
) -> None:
    with pytest.raises(OutputUnwritableError) as raised:
        check(**{option: name})
    assert str(raised.value).startswith(f"cannot write {name}: {reason}")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        pytest.param({"windows": "sub/../p.ndjson"}, "sub/../p.ndjson is named twice", id="twice"),
        pytest.param({"late": "w.ndjson", "windows": "w.ndjson"}, "w.ndjson is named twice", id="others"),
        pytest.param({"alerts": "link.ndjson"}, "link.ndjson is named twice", id="over-an-input"),
        pytest.param(
            {"alerts": "p.dead_letters.ndjson"}, "p.dead_letters.ndjson is where dead letters", id="dead"
        ),
        pytest.param({"windows": "w.parquet"}, "--windows w.parquet: use", id="ending"),
        pytest.param({"out": "p.csv"}, "--out p.csv: use", id="ending-of-out"),
    ],
)
def test_names_that_make_no_sense_are_refused(names: dict[str, str], sentence: str) -> None:
    with pytest.raises(OptionsError) as raised:
        check(**names)
    assert str(raised.value).startswith(sentence)


def test_an_input_is_not_overwritten_by_dead_letters() -> None:
    with pytest.raises(OptionsError, match="is where dead letters go"):
        check("in.dead_letters.ndjson", out="in.ndjson")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none.csv", "No such file or directory"), ("sub", "it is a folder"), ("empty.csv", "it is empty")],
)
def test_an_input_that_has_nothing_to_read_is_said(name: str, reason: str) -> None:
    with pytest.raises(FileUnreadableError, match=f"^cannot read {name}: {reason}$"):
        check("in.csv", name)


@pytest.mark.parametrize(
    ("input_name", "out"),
    [
        ("p.ndjson.partial", "p.ndjson"),
        ("p.parquet.lines.partial", "p.parquet"),
        ("p.ndjson.state", "p.ndjson"),
    ],
)
def test_an_input_is_not_overwritten_by_the_work(input_name: str, out: str) -> None:
    Path(input_name).write_text("id,body\nc1,words\n")
    with pytest.raises(OptionsError, match=f"{input_name} is where the work is kept"):
        check(input_name, out=out)


def test_a_name_that_the_work_makes_too_long_is_refused() -> None:
    with pytest.raises(OutputUnwritableError, match="File name too long"):
        check(out="x" * 243 + ".ndjson")
