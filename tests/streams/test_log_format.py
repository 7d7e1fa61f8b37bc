"""The log through Faust's own set-up: for people, and as JSON."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mode.utils.logging import setup_logging

from streams.log_format import logging_config
from streams.settings import LogFormat

FORGED = "no answer\n[2026-01-01 00:00:00,000] [1] [INFO]: all is well \x1b[2J\r\x9b"

type SetUp = Callable[[LogFormat], Callable[[], str]]


@pytest.fixture
def set_up(tmp_path: Path) -> Iterator[SetUp]:
    """Return a function that sets logging up as the worker does, and returns one that reads the log."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    file = tmp_path / "log"

    def begin(log_format: LogFormat) -> Callable[[], str]:
        setup_logging(loglevel="info", logfile=str(file), logging_config=logging_config(log_format))
        return file.read_text

    yield begin
    for handler in root.handlers:
        if handler not in before:
            handler.close()
    root.handlers[:] = before
    root.setLevel(level)


def test_json_has_an_object_in_each_line_with_what_is_said_beside_the_message(set_up: SetUp) -> None:
    read = set_up("json")
    logger = logging.getLogger("streams.test")
    logger.info("alert %s", "t:0:1", extra={"event_id": "t:0:1", "probability": 0.5})
    logger.debug("below the level that was asked for")
    logger.warning(FORGED)
    try:
        int("lost")
    except ValueError:
        logger.exception("failed")
    alert, forged, failed = map(json.loads, read().splitlines())
    assert (alert["level"], alert["logger"], alert["message"]) == ("INFO", "streams.test", "alert t:0:1")
    assert (alert["event_id"], alert["probability"]) == ("t:0:1", 0.5)
    assert alert["time"].endswith("Z"), "UTC"
    assert forged["message"] == FORGED
    assert "ValueError: invalid literal" in failed["exc_info"]


def test_quoted_text_neither_forges_a_line_nor_moves_the_cursor(set_up: SetUp) -> None:
    read = set_up("console")
    logging.getLogger("streams.test").warning("%s", FORGED)
    lines = read().splitlines()
    assert [line.startswith("[") for line in lines] == [True, False]
    assert lines[1] == "    [2026-01-01 00:00:00,000] [1] [INFO]: all is well \\x1b[2J\\x0d\\x9b "


def test_terminal_gets_the_same(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    setup_logging(loglevel="info", logfile=None, logging_config=logging_config("console"))
    logging.getLogger("streams.test").warning("%s", FORGED)
    assert "\\x1b[2J" in stream.getvalue()
    assert "\n    [2026" in stream.getvalue()


def test_error_that_quotes_something_forges_no_line_either(set_up: SetUp) -> None:
    read = set_up("console")
    logging.getLogger("streams.test").error("failed", exc_info=ValueError(FORGED))
    assert [line.startswith("[") for line in read().splitlines()].count(True) == 1
    assert "\x1b" not in read()
