import pytest

from tests.observability.promql import Selector, compared, grouped_labels, selectors, without_variables


def chosen(metric: str, *labels: str) -> Selector:
    return Selector(metric, frozenset(labels))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", {chosen("a")}),
        ('rate(a_total{b="c", d!~"e"}[5m])', {chosen("a_total", "b", "d")}),
        ("sum by (le) (a) / on () group_left () b:c:d", {chosen("a"), chosen("b:c:d")}),
        ('up{job="x"} == 0 or absent(up{job="x"})', {chosen("up", "job")}),
        ("deriv(a:b[10m]) > 0 and max_over_time(c[1h:5m]) > -(d)", {chosen("a:b"), chosen("c"), chosen("d")}),
        ("vector(0) + time()", set()),
    ],
)
def test_every_metric_of_an_expression_is_found(expression: str, expected: set[Selector]) -> None:
    assert selectors(expression) == expected


def test_labels_of_every_aggregation_are_found() -> None:
    assert grouped_labels("max(sum by (a, b) (c) - on (d) count by (e) (f))") == {"a", "b", "e"}


def test_sides_of_comparisons_are_what_an_alert_looks_at() -> None:
    assert compared("a > 2 * b and c / d < bool 3 or absent(e)") == ["a", "2 * b", "c / d"]


def test_variable_that_is_not_known_is_no_promql() -> None:
    assert without_variables("rate(a[$w])", {"w": "5m"}) == "rate(a[5m])"
    with pytest.raises(ValueError, match="unexpected character"):
        selectors(without_variables("rate(a[$__unheard])", {"w": "5m"}))
