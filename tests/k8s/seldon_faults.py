"""What is wrong with a SeldonDeployment although the API server takes it.

Seldon's operator refuses most of this with a webhook; where that is switched off, or the manifest is only
rendered, nobody does. `type` it never checks: a node of a type that it does not know is never called.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

type Document = dict[str, Any]

TYPES = {"UNKNOWN_TYPE", "ROUTER", "COMBINER", "MODEL", "TRANSFORMER", "OUTPUT_TRANSFORMER"}
OWN_CODE = (None, "UNKNOWN_IMPLEMENTATION")
BUILT_IN = {"SIMPLE_MODEL", "SIMPLE_ROUTER", "RANDOM_ABTEST", "AVERAGE_COMBINER"}
PORTS = {"http", "grpc", "metrics"}
EVERYTHING = 100


def faults(deployment: Document) -> list[str]:
    """Return what is wrong, one sentence each."""
    predictors = deployment["spec"]["predictors"]
    found = [*_names(predictors), *_traffic(predictors), *_budgets(predictors)]
    for predictor in predictors:
        found += [f"predictor {predictor['name']}: {fault}" for fault in _predictor(predictor)]
    return found


def nodes(graph: Document) -> Iterator[Document]:
    """Yield the nodes of a graph."""
    yield graph
    for child in graph.get("children", []):
        yield from nodes(child)


def containers(predictor: Document) -> list[Document]:
    """Return all containers of a predictor."""
    return [each for part in predictor.get("componentSpecs", []) for each in part["spec"]["containers"]]


def _names(predictors: list[Document]) -> Iterator[str]:
    for name in _twice(each["name"] for each in predictors):
        yield f"two predictors are named {name}"
    services = (each.get("annotations", {}).get("seldon.io/svc-name") for each in predictors)
    for name in _twice(each for each in services if each):
        yield f"two predictors want the Service {name}"


def _traffic(predictors: list[Document]) -> Iterator[str]:
    open_ones = [each for each in predictors if not each.get("shadow")]
    total = sum(each.get("traffic", 0) for each in open_ones)
    alone_and_unsaid = len(open_ones) == 1 and total == 0
    if total != EVERYTHING and not alone_and_unsaid:
        yield f"the traffic of all predictors is {total}, not {EVERYTHING}"


def _budgets(predictors: list[Document]) -> Iterator[str]:
    parts = [part for each in predictors for part in each.get("componentSpecs", [])]
    if sum("pdbSpec" in part for part in parts) > 1:
        yield "two pdbSpecs: each selects the pods of all predictors, and none of them could be evicted"


def _predictor(predictor: Document) -> Iterator[str]:
    graph = list(nodes(predictor["graph"]))
    built = {each["name"]: each for each in containers(predictor)}
    if "true" in predictor.get("annotations", {}).get("seldon.io/no-engine", "") and len(graph) > 1:
        yield "several nodes need Seldon's engine, which no-engine switches off"
    for node in graph:
        yield from _node(node, built)
    for name in built.keys() - {node["name"] for node in graph}:
        yield f"the container {name} is no node of the graph"


def _node(node: Document, built: dict[str, Document]) -> Iterator[str]:
    name, implementation = node["name"], node.get("implementation")
    if node.get("type", "MODEL") not in TYPES:
        yield f"the node {name} is of the type {node['type']}, which there is not"
    if implementation in OWN_CODE and name not in built:
        yield f"the node {name} has no container"
    if implementation not in (*OWN_CODE, *BUILT_IN) and not node.get("modelUri"):
        yield f"the node {name} has no modelUri"
    if name in built:
        for port in PORTS - {each.get("name") for each in built[name].get("ports", [])}:
            yield f"the container {name} names no port {port}: the operator would choose one"


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
