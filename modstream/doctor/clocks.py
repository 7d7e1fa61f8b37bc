"""Whether the machines agree on the time: latencies, windows and certificates rest on it."""

import time
import urllib.request
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from modstream.doctor.findings import Finding, Status
from modstream.kafka_admin import connect
from streams.kafka_cluster import Cluster
from streams.topics import Topics

NAME = "clocks"

MOST_S = 2.0
"""More than that is not a matter of a request's time, nor of the second that HTTP rounds to."""

ASK_WITHIN_S = 5.0

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def look(cluster: Cluster, topics: Topics, classifier_url: str) -> Finding:
    """Return whether the service's clock, and those that stamp records, agree with this machine's.

    A record cannot come from the future, so its time says how much its writer's clock is ahead, at least;
    of one that is behind it says nothing. The service tells its time in each answer.

    Raises:
        ModstreamError: If the cluster does not answer.
    """
    ahead_s: dict[str, float] = {}
    with connect(cluster) as admin:
        newest = admin.newest_timestamps([topics.comments, topics.predictions])
    now_s = time.time()
    for topic, newest_s in newest.items():
        ahead_s[f"whoever writes to {topic}"] = max(newest_s - now_s, 0.0)
    service_s = time_at(classifier_url)
    if service_s is not None:
        ahead_s["the model service"] = service_s - now_s
    return judge(ahead_s)


def judge(ahead_s: Mapping[str, float]) -> Finding:
    """Return what is to be said of clocks, each given by how many seconds it is ahead of ours."""
    off = [
        f"{whose} is {abs(by_s):.0f} s {'ahead of' if by_s > 0 else 'behind'} this machine"
        for whose, by_s in ahead_s.items()
        if abs(by_s) > MOST_S
    ]
    if off:
        return Finding(NAME, Status.WARNING, "; ".join(off), "let every machine set its clock by NTP")
    return Finding(NAME, Status.OK, f"within {MOST_S:g} s of this machine's, as far as can be seen")


def time_at(url: str) -> float | None:
    """Return the time that a REST service has, seconds since the epoch; None if it does not tell."""
    if not url.startswith(("http://", "https://")):
        return None
    asked_s = time.time()
    try:
        with _direct.open(f"{url.rstrip('/')}/health/ping", timeout=ASK_WITHIN_S) as answer:
            told = answer.headers["Date"]
        half_s = (time.time() - asked_s) / 2.0
        return parsedate_to_datetime(told).timestamp() + 0.5 - half_s  # it is rounded down to whole seconds
    except (
        OSError,
        HTTPException,
        TypeError,
        ValueError,
    ):  # nobody, not HTTP, or no time
        return None
