import msgspec
import pytest

from streams.classifiers import Scores
from streams.moderation import Outcome, alert_for, outputs_for, prediction_of
from streams.records import EVENT_ID, Reason
from streams.topics import Topics
from tests.streams.examples import make_comment, make_prediction, make_record

TOPICS = Topics.named("t.")


@pytest.mark.parametrize(
    ("probability", "threshold", "alerts"),
    [
        pytest.param(0.5, 0.5, False, id="at-the-threshold"),
        pytest.param(0.5000001, 0.5, True, id="just-above"),
        pytest.param(0.4999999, 0.5, False, id="just-below"),
        pytest.param(0.0, 0.0, False, id="both-zero"),
        pytest.param(1.0, 1.0, False, id="both-one"),
    ],
)
def test_alert_is_raised_strictly_above_the_threshold(
    probability: float, threshold: float, alerts: bool
) -> None:
    prediction = make_prediction(probability=probability)
    assert (alert_for(prediction, threshold, ()) is not None) == alerts
    assert Outcome(make_record(), [], prediction, threshold).is_alert == alerts


def test_prediction_carries_its_own_score_and_source() -> None:
    scores = Scores([0.1, 0.9], "v2", {}, 0.5)
    prediction = prediction_of(make_comment(id="b", body="text"), make_record(offset=8), scores, 1, 5.0)
    assert (prediction.id, prediction.original, prediction.probability) == ("b", "text", 0.9)
    assert (prediction.event_id, prediction.model_version) == ("reddit_stream:2:8", "v2")
    assert prediction.scored_at == 5.0


def test_outputs_go_to_the_partition_of_their_source_with_its_identity() -> None:
    record = make_record(partition=3)
    prediction = make_prediction(probability=0.9, event_id=record.event_id)
    outputs = outputs_for(prediction, record, (Reason("w", 1.0),), 0.5, TOPICS)
    assert [output.topic for output in outputs] == ["t.reddit_prediction", "t.reddit_mod_alert"]
    for output in outputs:
        assert output.partition == 3
        assert output.key == b"c1"
        assert output.headers == [(EVENT_ID, record.event_id.encode())]
        assert output.value is not None
        assert msgspec.json.decode(output.value)["event_id"] == record.event_id


def test_outputs_of_a_resubmission_say_so_and_have_the_first_identity() -> None:
    record = make_record(offset=7, headers=[(EVENT_ID, b"reddit_stream:2:3")])
    prediction = prediction_of(make_comment(), record, Scores([0.9], "v2", {}, 0.5), 0, 5.0)
    assert prediction.event_id == "reddit_stream:2:3"
    outputs = outputs_for(prediction, record, (), 0.5, TOPICS)
    assert len(outputs) == 2
    for output in outputs:
        assert output.headers == [
            (EVENT_ID, b"reddit_stream:2:3"),
            ("modstream.resubmission", b"reddit_stream:2:7"),
        ]


def test_redelivery_changes_only_the_time_of_scoring() -> None:
    scores = Scores([0.9], "v2", {}, 0.5)
    first, second = (
        prediction_of(make_comment(), make_record(), scores, 0, scored_at) for scored_at in (1.0, 2.0)
    )
    assert msgspec.structs.replace(second, scored_at=1.0) == first
