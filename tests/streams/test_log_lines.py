"""Whatever is written to the topics: the log has a line for it, with nothing that a terminal obeys."""

import json
import logging
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.classifiers import Scores
from streams.classifiers.answers import short
from streams.decisions import log_decisions
from streams.errors import ClassifierRefusedError, InvalidPartialError
from streams.limits import Limits
from streams.moderator import Moderator
from streams.service_guard import ServiceGuard
from streams.settings import StreamSettings, Threshold
from streams.topics import Topics
from streams.window_records import parse_partial
from tests.streams.examples import make_comment, make_record

NASTY = "\x1b[2J\x1b]0;owned\x07\r\n2026-01-01 ERROR the worker was stolen\u202e"
SETTINGS = StreamSettings(retry_wait_s=0.001)


class EchoingClassifier:
    """Refuses a text and says it back, as a service should not."""

    url = "test:"

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        raise ClassifierRefusedError(self.url, 400, short(texts[0]))

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(make_record(make_comment(id=NASTY, body=NASTY, subreddit=NASTY)), id="comment"),
        pytest.param(make_record(value=NASTY.encode(), key=NASTY.encode()), id="no-comment"),
        pytest.param(make_record(value=json.dumps({NASTY: NASTY}).encode()), id="no-fields"),
        pytest.param(make_record(headers=((NASTY, NASTY.encode()),), value=b"\x1b"), id="headers"),
    ],
)
async def test_log_names_records_by_their_place_alone(
    record: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    guard = ServiceGuard(EchoingClassifier(), SETTINGS, on_change=lambda away: None)
    moderator = Moderator(guard, SETTINGS, Topics.named(), lambda: 0.0, Limits())
    outcomes = await moderator.handle([record], lambda: True)  # type: ignore[list-item]
    log_decisions(outcomes, "all")
    told = [each.getMessage() for each in caplog.records if each.name.startswith("streams")]
    assert told
    for line in told:
        assert line.isprintable()
        assert "stolen" not in line


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.dictionaries(st.text(), st.text()).map(json.dumps).map(str.encode)
)
@example(json.dumps({"type": NASTY}).encode())
def test_what_is_wrong_with_a_partial_window_is_told_in_our_words(value: bytes) -> None:
    with pytest.raises(InvalidPartialError) as caught:
        parse_partial(value)
    assert str(caught.value).isprintable()


@given(st.text())
@example(NASTY)
def test_what_a_service_says_is_told_on_one_printable_line(text: str) -> None:
    assert short(text).isprintable()
