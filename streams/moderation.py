"""What is said of a scored comment: pure, without Faust, clock or network."""

from collections.abc import Iterable

from msgspec import Struct

from streams.classifiers import Scores
from streams.records import EVENT_ID, Alert, Comment, Output, Prediction, Reason, SourceRecord, encode
from streams.topics import Topics


class Outcome(Struct, frozen=True, gc=False):  # no cycles, and very many
    """What became of a record, and what goes on the topics for it."""

    record: SourceRecord
    outputs: list[Output]
    prediction: Prediction | None
    """None when the record was dead-lettered."""
    threshold: float | None
    """What the prediction's probability had to exceed to raise an alert; None when there is no prediction."""
    dead_because: str = ""
    """What kind of fault made it a dead letter: one of `dead_letters.REASONS`; empty when it is none."""

    @property
    def is_alert(self) -> bool:
        """Return whether an alert is among the outputs."""
        if self.prediction is None or self.threshold is None:
            return False
        return calls_for_alert(self.prediction, self.threshold)


def calls_for_alert(prediction: Prediction, threshold: float) -> bool:
    """Return whether a probability is strictly above the threshold."""
    return prediction.probability > threshold


def published(outcomes: Iterable[Outcome]) -> list[Output]:
    """Return what goes on the topics for some records, in their order."""
    return [output for outcome in outcomes for output in outcome.outputs]


def alert_for(prediction: Prediction, threshold: float, reasons: tuple[Reason, ...]) -> Alert | None:
    """Return the alert a prediction calls for, or None up to and at the threshold."""
    if not calls_for_alert(prediction, threshold):
        return None
    return Alert.of(prediction, threshold, reasons)


def prediction_of(
    comment: Comment, record: SourceRecord, scores: Scores, index: int, scored_at: float
) -> Prediction:
    """Return the prediction for the comment that was number `index` in the classifier's call."""
    assert comment.created_utc is not None  # `parse_comment` put the Kafka timestamp there
    return Prediction(
        id=comment.id,
        probability=scores.probabilities[index],
        original=comment.body,
        subreddit=comment.subreddit,
        created_utc=comment.created_utc,
        model_version=scores.model_version,
        event_id=record.event_id,
        scored_at=scored_at,
    )


def outputs_for(
    prediction: Prediction,
    record: SourceRecord,
    reasons: tuple[Reason, ...],
    threshold: float,
    topics: Topics,
) -> list[Output]:
    """Return what goes on the topics for one prediction: itself, and its alert where it calls for one."""
    key = prediction.id.encode()
    headers = [(EVENT_ID, prediction.event_id.encode())]
    if record.headers:
        headers += record.resubmission
    partition = record.partition
    outputs = [Output(topics.predictions.name, partition, key, encode(prediction), headers)]
    alert = alert_for(prediction, threshold, reasons)
    if alert is not None:
        outputs.append(Output(topics.alerts.name, partition, key, encode(alert), headers))
    return outputs
