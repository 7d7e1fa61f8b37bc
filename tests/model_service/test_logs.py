"""The service's log, gunicorn's and Seldon's lines in it, as JSON."""

import json
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from model_service.logs import QuietLogger
from modstream.service_process import ServiceProcess
from tests.modstream.service_processes import Ports


def test_every_line_is_an_object_where_programs_read_it(
    good_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOD_LOG_FORMAT", "json")
    monkeypatch.setenv("MOD_SERVICE_LOG_LEVEL", "INFO")
    log = tmp_path / "log"
    with ServiceProcess.start(good_bundle, *Ports.free().all(), log_file=log) as service:
        service.wait_ready()
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"gunicorn.error", "seldon_core.wrapper"} <= {each["logger"] for each in told}
    assert all({"time", "level", "message"} <= each.keys() for each in told)


def test_requests_are_not_logged() -> None:
    assert QuietLogger.access is not Logger.access
    assert QuietLogger(Config()).access(object(), object(), {}, None) is None  # type: ignore[func-returns-value]
