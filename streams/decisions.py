"""Logs what was decided: a line for a comment, found again by its `event_id`, and no word of the comment."""

import logging
from collections.abc import Iterable

from streams.moderation import Outcome
from streams.settings import Decisions

logger = logging.getLogger(__name__)


def log_decisions(outcomes: Iterable[Outcome], which: Decisions) -> None:
    """Log the decisions on comments whose outputs the broker has."""
    for each in outcomes:
        if each.prediction is None:
            _log_dead_letter(each)
        elif which == "all" or (which == "alerts" and each.is_alert):
            _log_prediction(each)


def _log_dead_letter(outcome: Outcome) -> None:
    event_id, reason = outcome.record.event_id, outcome.dead_because
    told = {"decision": "dead_letter", "event_id": event_id, "reason": reason}
    logger.warning("dead letter %s: %s", event_id, reason, extra=told)


def _log_prediction(outcome: Outcome) -> None:
    prediction, threshold = outcome.prediction, outcome.threshold
    assert prediction is not None
    decision = "alert" if outcome.is_alert else "prediction"
    told = {
        "decision": decision,
        "event_id": prediction.event_id,
        "probability": prediction.probability,
        "threshold": threshold,
        "model_version": prediction.model_version,
    }
    logger.info(
        "%s %s: %.4f with a threshold of %g",
        decision,
        prediction.event_id,
        prediction.probability,
        threshold,
        extra=told,
    )
