"""Bad SeldonDeployments that the API server lets in are refused here."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.k8s.documents import Document, files, of_kind
from tests.k8s.seldon_faults import faults

type Change = Callable[[list[Any]], object]


def make_deployment(change: Change) -> Document:
    (deployment,) = copy.deepcopy(of_kind(files(), "SeldonDeployment"))
    change(deployment["spec"]["predictors"])
    return deployment


def with_a_second(**said: Any) -> Change:
    def change(predictors: list[Any]) -> None:
        second = copy.deepcopy(predictors[0]) | {"name": "canary", "traffic": 10}
        del second["annotations"]["seldon.io/svc-name"], second["componentSpecs"][0]["pdbSpec"]
        predictors[0]["traffic"] = 90
        predictors.append(second | said)

    return change


def twice(predictors: list[Any]) -> None:
    predictors[0]["traffic"] = 50
    predictors.append(predictors[0])


def without_port(name: str) -> Change:
    def change(predictors: list[Any]) -> None:
        container = predictors[0]["componentSpecs"][0]["spec"]["containers"][0]
        container["ports"] = [each for each in container["ports"] if each["name"] != name]

    return change


def with_child(predictors: list[Any]) -> None:
    predictors[0]["graph"]["children"] = [{"name": "second", "implementation": "SIMPLE_MODEL"}]


def alone_with(traffic: int) -> Change:
    return lambda predictors: predictors[0].update(traffic=traffic)


def as_node(**said: Any) -> Change:
    return lambda predictors: predictors[0]["graph"].update(said)


BAD: dict[str, tuple[Change, list[str]]] = {
    "a node without its container": (
        as_node(name="classifier"),
        [
            "predictor main: the node classifier has no container",
            "predictor main: the container reddit-classifier is no node of the graph",
        ],
    ),
    "a misspelt type": (
        as_node(type="MODLE"),
        ["predictor main: the node reddit-classifier is of the type MODLE, which there is not"],
    ),
    "a prepackaged server without its model": (
        as_node(implementation="SKLEARN_SERVER"),
        ["predictor main: the node reddit-classifier has no modelUri"],
    ),
    "two nodes without the engine": (
        with_child,
        ["predictor main: several nodes need Seldon's engine, which no-engine switches off"],
    ),
    "traffic of 110": (with_a_second(traffic=20), ["the traffic of all predictors is 110, not 100"]),
    "traffic of 90": (with_a_second(traffic=0), ["the traffic of all predictors is 90, not 100"]),
    "half of the traffic of one": (alone_with(50), ["the traffic of all predictors is 50, not 100"]),
    "the same predictor twice": (
        twice,
        [
            "two predictors are named main",
            "two predictors want the Service modstream-model",
            "two pdbSpecs: each selects the pods of all predictors, and none of them could be evicted",
        ],
    ),
    "a port that the operator would choose": (
        without_port("grpc"),
        ["predictor main: the container reddit-classifier names no port grpc: the operator would choose one"],
    ),
}

GOOD: dict[str, Change] = {
    "as it is": lambda _: None,
    "no traffic said": lambda predictors: predictors[0].pop("traffic"),
    "traffic split": with_a_second(),
    "a shadow, which has no part of the traffic": lambda predictors: (
        with_a_second(shadow=True)(predictors),
        predictors[0].update(traffic=100),
    ),
}


@pytest.mark.parametrize(("change", "expected"), BAD.values(), ids=list(BAD))
def test_bad_deployment_is_refused(change: Change, expected: list[str]) -> None:
    assert faults(make_deployment(change)) == expected


@pytest.mark.parametrize("change", GOOD.values(), ids=list(GOOD))
def test_good_deployment_has_no_fault(change: Change) -> None:
    assert faults(make_deployment(change)) == []


def test_every_deployment_in_the_manifests_is_good(documents: list[Document]) -> None:
    assert [faults(each) for each in of_kind(documents, "SeldonDeployment")] in ([], [[]])
