"""One line for a decision, with what finds it again, and nothing of the comment."""

import logging

import pytest

from streams.decisions import log_decisions
from streams.moderation import Outcome
from streams.settings import Decisions
from tests.streams.examples import make_comment, make_prediction, make_record

SECRET = "what somebody wrote"


def outcomes() -> list[Outcome]:
    record = make_record(make_comment(body=SECRET, author="somebody"))
    low, high = (make_prediction(probability=p, original=SECRET) for p in (0.2, 0.9))
    return [
        Outcome(record, [], low, 0.5),
        Outcome(record, [], high, 0.5),
        Outcome(record, [], None, None, "invalid"),
    ]


@pytest.mark.parametrize(
    ("which", "decisions"),
    [
        ("dead-letters", ["dead_letter"]),
        ("alerts", ["alert", "dead_letter"]),
        ("all", ["prediction", "alert", "dead_letter"]),
    ],
)
def test_each_decision_that_is_asked_for_has_a_line_with_its_event_id(
    caplog: pytest.LogCaptureFixture, which: Decisions, decisions: list[str]
) -> None:
    caplog.set_level(logging.INFO)
    log_decisions(outcomes(), which)
    told = [vars(record) for record in caplog.records]
    assert [each["decision"] for each in told] == decisions
    assert {each["event_id"] for each in told} == {"reddit_stream:2:7"}
    assert all("reddit_stream:2:7" in each["message"] for each in told)
    assert not any(word in str(each) for each in told for word in (SECRET, "somebody", "c1", "science"))


def test_alert_says_what_it_was_raised_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_decisions(outcomes()[1:2], "alerts")
    (record,) = caplog.records
    assert record.getMessage() == "alert reddit_stream:2:7: 0.9000 with a threshold of 0.5"
    told = vars(record)
    assert (told["probability"], told["threshold"], told["model_version"]) == (0.9, 0.5, "v1")
