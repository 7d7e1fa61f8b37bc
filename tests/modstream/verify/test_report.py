import io

import msgspec
import pytest
from rich.console import Console

from modstream.verify.report import DECIDING, as_json, conclusion, offender_line, one_line, show, standing
from modstream.verify.verdict import Offender, Verdict


def make_verdict(**changes: object) -> Verdict:
    counts = dict.fromkeys(Verdict.__struct_fields__, 0)
    verdict = Verdict(**counts | {"offenders": (), "ok": True, "windows_checked": True})  # type: ignore[arg-type]
    return msgspec.structs.replace(verdict, **changes)


OFFENDER = Offender("conflicting", "reddit_prediction", 1, 5, "c1", "reddit_stream:1:4")


def shown(verdict: Verdict, *, terminal: bool) -> str:
    text = io.StringIO()
    show(verdict, Console(file=text, force_terminal=terminal, width=120, highlight=False))
    return text.getvalue()


def test_json_has_every_count() -> None:
    found = msgspec.json.decode(as_json(make_verdict(inputs=3, offenders=(OFFENDER,))))
    assert set(found) == set(Verdict.__struct_fields__)
    assert found["inputs"] == 3
    assert found["offenders"][0]["comment"] == "c1"


def test_plain_lines_have_no_control_codes() -> None:
    text = shown(make_verdict(inputs=1234), terminal=False)
    assert "comments on the input topic: 1,234" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("terminal", [True, False])
def test_errors_are_named_everywhere(terminal: bool) -> None:
    text = shown(make_verdict(conflicting=1, ok=False, offenders=(OFFENDER,)), terminal=terminal)
    assert "conflicting: reddit_prediction, partition 1, offset 5" in text
    assert "not ok: 1 error in 0 comments\n" in text


def test_an_offender_without_comment_has_its_coordinates() -> None:
    line = offender_line(Offender("missing", "reddit_stream", 2, 7))
    assert line == "missing: reddit_stream, partition 2, offset 7"


def test_an_offender_steers_no_terminal() -> None:
    offender = Offender("malformed", "reddit_prediction", 1, 5, "\x1b[31m", "x\x1b:1:4")
    text = shown(make_verdict(malformed=1, ok=False, offenders=(offender,)), terminal=False)
    assert "\x1b" not in text
    assert r"comment \x1b[31m" in text


def test_partition_number_of_an_offender_is_no_emoji() -> None:
    offender = Offender("conflicting", "reddit_prediction", 1, 5, "c1", "reddit_stream:100:4")
    text = shown(make_verdict(conflicting=1, ok=False, offenders=(offender,)), terminal=True)
    assert "source reddit_stream:100:4" in text


def test_recovered_ones_are_told_while_following() -> None:
    assert "5 predicted (2 recovered)" in one_line(make_verdict(inputs=5, predicted=5, recovered=2))


def test_the_conclusion_says_how_many_were_accounted_for() -> None:
    assert conclusion(make_verdict(inputs=1000)) == "ok: each of 1,000 comments has exactly one outcome"


def test_the_conclusion_says_which_windows_were_checked_too() -> None:
    assert conclusion(make_verdict(inputs=1000, windows=1200)) == (
        "ok: each of 1,000 comments has exactly one outcome, and 1,200 final window rows as a recount has "
        "them"
    )


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        pytest.param({"missing": 2}, "2 errors in 400 comments", id="comments"),
        pytest.param(
            {"windows_wrong": 3, "windows_missing": 4, "windows": 10, "windows_open": 1},
            f"7 of 18 window rows wrong or missing; are {', '.join(DECIDING)} those of the worker, and were "
            "they always?",
            id="windows",
        ),
        pytest.param(
            {"missing": 1, "windows_missing": 5, "windows_other": 6},
            "1 error in 400 comments, 5 of 5 window rows wrong or missing; 6 rows of windows of another "
            "size: is MOD_WINDOW_SIZE_S that of the worker, and was it always?",
            id="another-size",
        ),
        pytest.param(
            {"windows_wrong": 1, "windows_step_s": 20},
            "1 of 1 window rows wrong or missing; the windows are 20 s apart: is MOD_WINDOW_STEP_S that of "
            "the worker, and was it always?",
            id="another-step",
        ),
        pytest.param(
            {"late_wrong": 1},
            f"1 error in late comments; are {', '.join(DECIDING)} those of the worker, and were they always?",
            id="late-comments",
        ),
    ],
)
def test_the_conclusion_counts_errors_apart_and_names_the_settings(
    errors: dict[str, int], sentence: str
) -> None:
    assert conclusion(make_verdict(inputs=400, ok=False, **errors)) == f"not ok: {sentence}"


def test_wrong_windows_are_told_while_following() -> None:
    assert one_line(make_verdict(windows_wrong=2)).endswith("0 errors, 2 of 2 window rows wrong or missing")


def test_missing_ones_are_no_errors_while_following() -> None:
    assert one_line(make_verdict(inputs=5, missing=3)).endswith(
        "3 without outcome yet, 0 redelivered, 0 alerts, 0 errors"
    )


def test_an_unchanged_standing_is_printed_once() -> None:
    text = io.StringIO()
    with standing(Console(file=text, width=200)) as on_round:
        for inputs in (1, 1, 2):
            on_round(make_verdict(inputs=inputs))
    assert len(text.getvalue().splitlines()) == 2
