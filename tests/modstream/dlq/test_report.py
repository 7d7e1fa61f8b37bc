import io
import json

import msgspec
import pytest
from rich.console import Console

from modstream.dlq import showing
from modstream.dlq.catalogue import Case
from modstream.dlq.letters import Failure, read_letter
from modstream.dlq.report import (
    as_json,
    case_fields,
    plan_lines,
    replay_fields,
    replay_lines,
    show,
    summary,
    time_text,
)
from modstream.dlq.resubmitting import Sent, plan
from tests.modstream.dlq.examples import FakeRecord, make_letter, make_source

EVIL = "\x1b]0;owned\x07\u202e[red]:100:\n"


def evil_letter() -> FakeRecord:
    headers = [(EVIL, EVIL.encode())]
    source = make_source(
        topic=f"x{EVIL}x".replace(":", ""), key=EVIL.encode(), value=b"\xff\x1b", headers=headers
    )
    return make_letter(source, error=ValueError(EVIL))


def make_case(
    record: FakeRecord | None = None, *, recovered: bool = False, obstacle: str | None = None
) -> Case:
    return Case(read_letter(record or make_letter()), 1, recovered, obstacle)


def printed(cases: list[Case], *, terminal: bool, width: int = 200) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, color_system=None, width=width, highlight=False)
    show(cases, console)
    return text.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_list_shows_what_is_known(terminal: bool) -> None:
    text = printed([make_case(obstacle="too large")], terminal=terminal)
    for part in ("reddit_stream:2:7", "c1", "2023-11-14T22:13:20Z", "InvalidCommentError", "too large"):
        assert part in text


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_of_a_letter_steers_the_terminal(terminal: bool) -> None:
    case = make_case(evil_letter(), obstacle=EVIL)
    told = printed([case], terminal=terminal)
    told += "\n".join(showing.lines(case, evil_letter()))
    told += "\n".join([*plan_lines(plan([make_case(evil_letter())])), *replay_lines(plan([case]), None)])
    told += "\n".join(summary([case]))
    told += as_json(showing.fields(case, evil_letter()))
    assert all(each.isprintable() or each == "\n" for each in told)
    assert ":100:" in told


def test_nothing_is_cut_on_a_narrow_terminal() -> None:
    text = printed([make_case(obstacle="too large")], terminal=True, width=60)
    assert "…" not in text


def test_empty_list_prints_nothing() -> None:
    assert printed([], terminal=True) == ""


def test_partition_number_is_no_emoji() -> None:
    case = make_case(make_letter(make_source(partition=100)))
    for terminal in (True, False):
        assert "reddit_stream:100:7" in printed([case], terminal=terminal)


def test_summary_counts_by_reason() -> None:
    cases = [make_case(), make_case(recovered=True), make_case(obstacle="x")]
    assert list(summary(cases)) == [
        "InvalidCommentError: 3 (1 replayable, 1 recovered, 1 not replayable)",
        "3 dead letters of 3 comments",
    ]


def test_json_of_a_case_says_what_a_script_needs() -> None:
    found = json.loads(as_json(case_fields(make_case(recovered=True))))
    assert found["event_id"] == "reddit_stream:2:7"
    assert (found["recovered"], found["replayable"], found["obstacle"]) == (True, False, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(b"text", {"value": "text"}, id="text"),
        pytest.param(b"", {"value": ""}, id="empty"),
        pytest.param(None, {"value": None}, id="none"),
        pytest.param(b"\xff\x00", {"value_base64": "/wA="}, id="binary"),
    ],
)
def test_json_has_the_bytes(value: bytes | None, expected: dict[str, str | None]) -> None:
    record = make_letter(make_source(value=value, headers=[("trace", b"\xfe")]))
    found = showing.fields(make_case(record), record)
    assert {name: text for name, text in found.items() if name in {"value", "value_base64"}} == expected
    assert found["key"] == "c1"
    assert {"name": "trace", "value_base64": "/g=="} in found["headers"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"key": None}, "key            none", id="no-key"),
        pytest.param({"key": b""}, "key             (0 bytes)", id="empty-key"),
        pytest.param({"key": b"k", "value": None}, "value          none", id="tombstone"),
        pytest.param({"value": b"x" * 2_000_000}, "value          left out (2,000,000 bytes)", id="left-out"),
    ],
)
def test_show_says_what_the_record_had(changes: dict[str, bytes | None], line: str) -> None:
    record = make_letter(make_source(**changes))
    assert line in list(showing.lines(make_case(record), record))


def test_replay_says_what_it_did_and_what_not() -> None:
    planned = plan([make_case(), make_case(recovered=True), make_case(obstacle="too large")])
    sent = Sent(0, 1, 0, 2.0, (Failure("reddit_stream:2:7", "refused"),))
    assert list(replay_lines(planned, sent)) == [
        "not replayable: reddit_stream:2:7: too large",
        "failed: reddit_stream:2:7: refused",
        "0 sent in 2.0 s (0.0 a second), 1 failed; skipped: 1 recovered already, 1 not replayable",
    ]
    assert list(replay_lines(planned, None))[-1] == (
        "1 would be sent; skipped: 1 recovered already, 1 not replayable"
    )


def test_json_of_a_replay_has_every_count() -> None:
    planned = plan([make_case(), make_case()], limit=1)
    found = replay_fields(planned, Sent(1, 0, 0, 0.5, ()), unreadable=3)
    assert found["dry_run"] is False
    assert {name: found[name] for name in ("chosen", "sent", "failed", "beyond_limit", "unreadable")} == {
        "chosen": 1,
        "sent": 1,
        "failed": 0,
        "beyond_limit": 1,
        "unreadable": 3,
    }
    dry = replay_fields(planned, None, unreadable=0)
    assert (dry["dry_run"], dry["sent"], dry["not_sent"]) == (True, 0, 1)


@pytest.mark.parametrize(
    ("at_s", "text"), [(0.0, "1970-01-01T00:00:00Z"), (253402300799.9, "9999-12-31T23:59:59Z")]
)
def test_times_are_in_utc(at_s: float, text: str) -> None:
    assert time_text(at_s) == text


def test_letters_are_plain_data() -> None:
    assert msgspec.json.encode(make_case())
