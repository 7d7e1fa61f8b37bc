"""Whatever bytes are on the stream, each record has its one outcome, and `modstream verify` can read it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from modstream.verify.outputs import read_alert, read_dead_letter, read_prediction
from streams.classifiers import Scores
from streams.dead_letters import MESSAGE
from streams.errors import InvalidCommentError
from streams.moderation import published
from streams.moderator import Moderator
from streams.records import Output, Reason, SourceRecord, encode, parse_comment
from streams.service_guard import ServiceGuard
from streams.settings import StreamSettings, Threshold
from streams.topics import MAX_OUTPUT_BYTES, Topics
from tests.streams.examples import number_of
from tests.streams.fuzzing import CORPUS, PLAIN, RECORDS, Nasty, corpus_records

SETTINGS = StreamSettings()
TOPICS = Topics.named()


class TableClassifier:
    """Scores a text by its length, so that about half of the comments have an alert."""

    url = "test:"

    async def score(self, texts: Sequence[str], explain_above: Threshold, reasons: int) -> Scores:
        for text in texts:
            text.encode()  # what goes to a service has to be encodable
        table = [(len(text) % 5) / 4 for text in texts]
        above = number_of(explain_above)
        told = {i: (Reason(texts[i][:9], 1.0),) for i, p in enumerate(table) if p > above}
        return Scores(table, "v1", told, above)

    async def close(self) -> None: ...


async def handle(records: Sequence[SourceRecord]) -> list[Output]:
    moderator = Moderator(ServiceGuard(TableClassifier(), SETTINGS), SETTINGS, TOPICS, lambda: 99.0)
    return published(await moderator.handle(records, lambda: True))


def check(records: Sequence[SourceRecord], outputs: Sequence[Output]) -> None:
    """Assert that the outputs are one outcome for each record, in their order, each readable."""
    left = list(outputs)
    for record in records:
        event_id = record.event_id
        outcome = left.pop(0)
        assert_sendable(outcome, record)
        if outcome.topic == TOPICS.dead_letters.name:
            letter = read_dead_letter(outcome.key, outcome.value, outcome.headers)
            assert letter.source.event_id == event_id
            if outcome.value is not None:
                assert outcome.value == record.value
            continue
        assert outcome.topic == TOPICS.predictions.name
        forecast = read_prediction(outcome.value, outcome.headers)
        assert forecast.source.event_id == event_id
        if forecast.probability > number_of(SETTINGS.moderation_threshold):
            alert = left.pop(0)
            assert_sendable(alert, record)
            assert alert.topic == TOPICS.alerts.name
            warned = read_alert(alert.value, alert.headers)
            assert warned.above
            assert (warned.source.event_id, warned.told) == (event_id, forecast.content)
    assert left == []


def assert_sendable(output: Output, record: SourceRecord) -> None:
    """Assert that a Kafka client takes the output, to its source's partition."""
    assert output.partition == record.partition
    assert output.size <= MAX_OUTPUT_BYTES
    assert output.key is not None or output.value is not None
    for name, value in output.headers:
        assert name.encode() is not None
        assert type(value) is bytes


@settings(max_examples=250, deadline=None)
@given(RECORDS)
async def test_any_records_have_one_outcome_each(records: list[SourceRecord]) -> None:
    check(records, await handle(records))


async def test_the_corpus_has_one_outcome_each() -> None:
    records = corpus_records()
    check(records, await handle(records))


@pytest.mark.parametrize("nasty", CORPUS, ids=lambda nasty: nasty.name)
async def test_nasty_record_has_the_outcome_it_should(nasty: Nasty) -> None:
    (record,) = [record for record, each in zip(corpus_records(), CORPUS, strict=True) if each is nasty]
    outputs = await handle([record])
    check([record], outputs)
    is_comment = outputs[0].topic == TOPICS.predictions.name
    assert is_comment == nasty.is_comment


@settings(max_examples=250, deadline=None)
@given(RECORDS)
def test_comment_that_was_parsed_can_be_written(records: list[SourceRecord]) -> None:
    for record in records:
        try:
            comment = parse_comment(record)
        except InvalidCommentError as error:
            assert str(error).encode()
            continue
        assert comment.created_utc is not None
        assert 0.0 <= comment.created_utc < 253_402_300_800.0
        assert encode(comment)


@pytest.mark.parametrize("timestamp_s", [-0.001, -1e12, 253_402_300_800.0, 9.2e15], ids=str)
async def test_comment_that_says_no_time_in_a_record_without_one_is_dead_lettered(timestamp_s: float) -> None:
    record = SourceRecord("reddit_stream", 2, 7, b"k", PLAIN, timestamp_s)
    outputs = await handle([record])
    check([record], outputs)
    assert b"when it was written" in dict(outputs[0].headers)[MESSAGE]


def test_names_in_the_corpus_are_unique() -> None:
    assert len({nasty.name for nasty in CORPUS}) == len(CORPUS)
