"""A histogram that is fed batches has the figures of prometheus-client's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from streams.tallies import Tallies

BOUNDS = (0.05, 0.1, 1.0, 60.0)


def told(tallies: Tallies) -> dict[tuple[str, str], float]:
    family = HistogramMetricFamily("h", "text")
    tallies.put(family)
    return samples(family)


def samples(family: Metric) -> dict[tuple[str, str], float]:
    return {(each.name, each.labels.get("le", "")): each.value for each in family.samples}


@given(st.lists(st.sampled_from([*BOUNDS, 0.0, 0.07, 61.0, 1e9]) | st.floats(0, 100)))
def test_figures_are_those_of_the_plain_histogram(values: list[float]) -> None:
    plain = Histogram("h", "text", buckets=BOUNDS, registry=CollectorRegistry())
    tallies = Tallies(BOUNDS)
    for value in values:
        plain.observe(value)
    tallies.add(values[:3])
    tallies.add(values[3:])
    (family,) = plain.collect()
    expected = {key: value for key, value in samples(family).items() if key[0] != "h_created"}
    assert told(tallies) == pytest.approx(expected)


def test_sum_never_falls() -> None:
    tallies = Tallies(BOUNDS)
    tallies.add([2.0, -5.0])  # a clock that is behind the broker's
    assert told(tallies)["h_sum", ""] == 2.0
    assert told(tallies)["h_bucket", "0.05"] == 1
