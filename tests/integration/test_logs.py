"""The log of a worker that works, as programs read it."""

import json
import sys

import pytest

from modstream import worker_process
from modstream.replay import Outgoing
from tests.integration.pipeline import Pipeline
from tests.waiting import eventually

pytestmark = pytest.mark.kafka

BODY = "you complete idiot, shut up"


def test_log_has_a_line_for_each_alert_and_dead_letter_and_no_comment(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = (sys.executable, "-m", "streams", "--quiet", "worker", "-l", "info")  # without Faust's banner
    monkeypatch.setattr(worker_process, "COMMAND", quiet)
    worker = pipeline.start_worker("inprocess:", MOD_LOG_FORMAT="json", MOD_MODERATION_THRESHOLD="0.05")
    pipeline.send([f"{BODY} {number}" for number in range(20)])
    pipeline.send_each([Outgoing("bad", b'{"id": "bad", "body": 1}', "line 1")])
    topics = pipeline.topics
    eventually(lambda: pipeline.count(topics.predictions) == 20, "predictions")
    eventually(lambda: pipeline.count(topics.dead_letters) == 1, "the dead letter")
    assert worker.stop() == 0
    told = [json.loads(line) for line in worker.log.read_text().splitlines()]
    alerts = [each["event_id"] for each in told if each.get("decision") == "alert"]
    assert sorted(alerts) == sorted(each["event_id"] for each in pipeline.records(topics.alerts))
    assert alerts, "else nothing was compared"
    (dead,) = [each for each in told if each.get("decision") == "dead_letter"]
    assert dead["reason"] == "invalid"
    assert BODY not in worker.log.read_text()
