"""What a PromQL expression asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Expr,
    MatrixSelector,
    VectorSelector,
    parse,
    walk,
)

COMPARISONS = frozenset({">", "<", ">=", "<=", "==", "!="})


@dataclass(frozen=True)
class Selector:
    """A metric that an expression names, and the labels that it is chosen by."""

    metric: str
    labels: frozenset[str]


def without_variables(expression: str, values: Mapping[str, str]) -> str:
    """Return an expression with Grafana's variables replaced; any other stays, and is no PromQL."""
    for name, value in values.items():
        expression = expression.replace(f"${name}", value)
    return expression


def selectors(expression: str) -> set[Selector]:
    """Return what an expression selects."""
    found = (_vector(each) for each in _nodes(parse(expression)))
    return {
        Selector(each.name or "", frozenset(matcher.name for matcher in each.matchers.matchers))
        for each in found
        if each is not None
    }


def grouped_labels(expression: str) -> set[str]:
    """Return the labels that an expression's aggregations keep."""
    aggregations = [each for each in _nodes(parse(expression)) if isinstance(each, AggregateExpr)]
    return {label for each in aggregations if each.modifier for label in each.modifier.labels}


def compared(expression: str) -> list[str]:
    """Return what an expression compares, both sides of each comparison but plain numbers.

    A comparison drops what does not hold: an alert's expression returns nothing when all is well, and the
    same when it names what is not there. Its sides must return something either way.
    """
    comparisons = [
        each
        for each in _nodes(parse(expression))
        if isinstance(each, BinaryExpr) and str(each.op) in COMPARISONS
    ]
    sides = [side for each in comparisons for side in (each.lhs, each.rhs)]
    return [
        " ".join(side.prettify().split()) for side in sides if any(_vector(each) for each in _nodes(side))
    ]


def _vector(node: Expr) -> VectorSelector | None:
    if isinstance(node, MatrixSelector):
        return node.vector_selector
    return node if isinstance(node, VectorSelector) else None


def _nodes(root: Expr) -> Iterator[Expr]:
    found: list[Expr] = []
    walk(root, pre_visit=found.append)
    return iter(found)
