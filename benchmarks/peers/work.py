"""The work that all contenders do: score a comment, and make a prediction or an alert of it.

The same scorer, the same fields; how records come and go is each contender's own.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.job import Job

THRESHOLD = 0.5
"""A probability above it is an alert."""

CALL_WITHIN_S = 30.0

type Score = Callable[[Sequence[str]], list[float]]
"""Probability of removal of each text, in the order given."""


def score_for(job: Job) -> Score:
    """Return what scores a job's comments: the service if it names one, else the bundle in this process."""
    return by_service(job.service_url) if job.service_url else in_process(Path(job.model))


def in_process(model: Path) -> Score:
    """Return our own scorer with a bundle's weights, loaded."""
    from model_service.bundle import load_bundle
    from model_service.scorer import Scorer

    scorer = Scorer(load_bundle(model).weights)
    scorer.load()

    def score(texts: Sequence[str]) -> list[float]:
        removed: list[float] = scorer.score(texts).removed.tolist()
        return removed

    return score


def by_service(url: str) -> Score:
    """Return calls to the Seldon service, one for all texts given, on a connection that stays open."""
    import msgspec
    import requests

    session = requests.Session()
    session.headers["Content-Type"] = "application/json"

    def score(texts: Sequence[str]) -> list[float]:
        body = msgspec.json.encode({"jsonData": texts})
        answer = session.post(f"{url}/api/v1.0/predictions", data=body, timeout=CALL_WITHIN_S)
        answer.raise_for_status()
        values = msgspec.json.decode(answer.content)["data"]["tensor"]["values"]
        return list(values[1::2])  # columns P(kept) and P(removed)

    return score


def version_of(job: Job) -> str:
    """Return the version of a job's model, as our worker has it."""
    from model_service.bundle import load_bundle

    return load_bundle(Path(job.model)).model_version


def event_id(topic: str, partition: int, offset: int) -> str:
    """Return the identity of a comment's outputs."""
    return f"{topic}:{partition}:{offset}"


def prediction(comment: Mapping[str, Any], probability: float, event: str, version: str) -> dict[str, Any]:
    """Return a prediction with the fields that our worker's has."""
    return {
        "id": comment["id"],
        "probability": probability,
        "original": comment["body"],
        "subreddit": comment.get("subreddit"),
        "created_utc": comment.get("created_utc"),
        "model_version": version,
        "event_id": event,
        "scored_at": time.time(),
    }


def is_alert(scored: Mapping[str, Any]) -> bool:
    """Return whether a prediction is an alert too."""
    return bool(scored["probability"] > THRESHOLD)


def alert(scored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the alert of a prediction; ours has reasons too, which no peer is asked for."""
    return {**scored, "threshold": THRESHOLD}
