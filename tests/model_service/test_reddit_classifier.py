"""The class that Seldon, MLServer and the worker hold: what it takes, refuses and tells."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_service import reddit_classifier, text_input
from model_service.bundle import load_bundle
from model_service.errors import BadRequestError, NoBundleError
from model_service.reddit_classifier import COMMENTS_SCORED, REQUESTS, SCORING_TIME, RedditClassifier
from model_service.tokenizer import Tokenizer
from tests.model_service.examples import make_texts

TEXTS = ["You idiot, wake up!", "the study has a control group", ""]


@pytest.fixture(scope="module")
def classifier(good_bundle: Path) -> RedditClassifier:
    return RedditClassifier(str(good_bundle))


@pytest.fixture(scope="module")
def expected(classifier: RedditClassifier) -> list[list[float]]:
    """Return the answer to each of `TEXTS` alone."""
    return [classifier.predict(text)[0].tolist() for text in TEXTS]


def as_objects(values: list[Any]) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


ACCEPTED: dict[str, Any] = {
    "list": TEXTS,
    "tuple": tuple(TEXTS),
    "array-of-text": np.array(TEXTS),
    "array-of-objects": as_objects(TEXTS),
    "array-of-one-column": np.array(TEXTS).reshape(-1, 1),
    "column-of-objects": as_objects(TEXTS).reshape(-1, 1),
    "json-in-bytes": b'["You idiot, wake up!", "the study has a control group", ""]',
    "json-in-a-bytearray": bytearray(b'["You idiot, wake up!", "the study has a control group", ""]'),
    "json-in-a-memoryview": memoryview(b'["You idiot, wake up!", "the study has a control group", ""]'),
}


@pytest.mark.parametrize("sent", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_texts_in_any_form_have_the_same_answer(
    classifier: RedditClassifier, expected: list[list[float]], sent: Any
) -> None:
    assert classifier.predict(sent).tolist() == expected
    assert classifier.predict(sent, ["text"]).tolist() == expected
    assert classifier.predict(sent, []).tolist() == expected


def test_tokens_in_any_form_have_the_answer_of_their_texts(
    classifier: RedditClassifier, expected: list[list[float]], tokenize: Tokenizer
) -> None:
    tokens = [tokenize(text) for text in TEXTS]
    assert classifier.predict(tokens).tolist() == expected
    assert classifier.predict([tuple(each) for each in tokens]).tolist() == expected
    assert classifier.predict(as_objects(tokens)).tolist() == expected
    of_one_length = [tokens[0], [*tokens[0][1:], "unheard"]]
    assert np.array_equal(classifier.predict(np.array(of_one_length)), classifier.predict(of_one_length))


def test_single_text_is_one_comment(classifier: RedditClassifier) -> None:
    assert classifier.predict("some text").shape == (1, 2)
    assert classifier.predict(np.array("some text")).shape == (1, 2)
    assert classifier.predict(np.str_("some text")).shape == (1, 2)


def test_tokens_are_joined_by_spaces_and_read_as_texts(classifier: RedditClassifier) -> None:
    answer = classifier.predict([["You Idiot", ",", "wake", "up"], [], ["don't"]])
    assert np.array_equal(answer, classifier.predict(["You Idiot , wake up", "", "don't"]))
    assert not np.array_equal(answer[0], answer[1])


def test_bytes_are_read_as_python_reads_json(classifier: RedditClassifier) -> None:
    texts = ["half \ud800 a character", "\u00e4\0", "b"]
    escaped = json.dumps(texts).encode()
    assert np.array_equal(classifier.predict(escaped), classifier.predict(texts))


EMPTY = {
    "list": [],
    "tuple": (),
    "array-of-floats": np.array([]),
    "array-of-text": np.array([], dtype=str),
    "array-of-one-column": np.empty((0, 1), dtype=object),
    "json-in-bytes": b"[]",
}


@pytest.mark.parametrize("sent", EMPTY.values(), ids=EMPTY.keys())
def test_nothing_has_an_empty_answer(classifier: RedditClassifier, sent: Any) -> None:
    answer = classifier.predict(sent)
    assert answer.shape == (0, 2)
    assert answer.dtype == np.float64


REFUSED: dict[str, tuple[Any, str]] = {
    "none": (None, "NoneType"),
    "number": (5, "int"),
    "dict": ({"text": "a"}, "dict"),
    "set": ({"a"}, "set"),
    "generator": ((text for text in "ab"), "generator"),
    "number-among-texts": (["a", 5], "text 1 is of type int"),
    "null-among-texts": (["a", None], "text 1 is of type NoneType"),
    "bytes-among-texts": (["a", b"b"], "text 1 is of type bytes"),
    "list-among-texts": (["a", ["b"]], "text 1 is of type list"),
    "text-among-token-lists": ([["a"], "b"], "token list 1 is of type str"),
    "number-among-tokens": ([["a", 1]], "token 1 of list 0 is of type int"),
    "tokens-too-deep": ([[["a"]]], "token 0 of list 0 is of type list"),
    "array-of-numbers": (np.array([1.0, 2.0]), "text 0 is of type float"),
    "array-of-bytes": (np.array([b"a"]), "text 0 is of type bytes"),
    "array-of-a-number": (np.array(3), "int"),
    "array-of-three-dimensions": (np.array([[["a"]]]), "3 dimensions"),
    "empty-array-of-three-dimensions": (np.empty((0, 1, 1)), "3 dimensions"),
    "matrix-of-numbers": (np.eye(2), "token 0 of list 0 is of type float"),
    "bytes-that-are-no-json": (b"hello", "JSON array of texts"),
    "bytes-that-are-no-utf-8": (b'["\xff"]', "JSON array of texts"),
    "bytes-with-a-byte-order-mark": (b"\xef\xbb\xbf[]", "JSON array of texts"),
    "bytes-of-an-object": (b"{}", "found dict"),
    "bytes-of-a-text": (b'"a"', "found str"),
    "bytes-of-a-number-among-texts": (b'["a", 1]', "text 1 is of type int"),
    "bytes-nested-deeply": (b"[" * 100_000, "JSON array of texts"),
    "no-bytes": (b"", "JSON array of texts"),
}


@pytest.mark.parametrize(("sent", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_with_what_is_wrong(
    classifier: RedditClassifier, sent: Any, sentence: str
) -> None:
    with pytest.raises(BadRequestError, match=sentence) as caught:
        classifier.predict(sent)
    assert caught.value.status == 400


def test_refusal_is_no_type_error() -> None:
    assert not issubclass(BadRequestError, TypeError), "Seldon would call predict a second time"


BAD_TAGS: dict[str, tuple[Any, str]] = {
    "threshold-is-text": ({"tags": {"explain_above": "0.5"}}, "explain_above has to be a number"),
    "threshold-is-true": ({"tags": {"explain_above": True}}, "explain_above has to be a number"),
    "threshold-is-nan": ({"tags": {"explain_above": float("nan")}}, "explain_above has to be a number"),
    "threshold-beyond-floats": ({"tags": {"explain_above": 10**400}}, "explain_above has to be a number"),
    "reasons-is-text": ({"tags": {"reasons": "3"}}, "reasons has to be a whole number"),
    "reasons-is-a-fraction": ({"tags": {"reasons": 2.5}}, "reasons has to be a whole number"),
    "reasons-is-negative": ({"tags": {"reasons": -1}}, "reasons has to be a whole number"),
    "reasons-is-null": ({"tags": {"reasons": None}}, "reasons has to be a whole number"),
    "reasons-beyond-floats": ({"tags": {"reasons": 10**400}}, "reasons has to be a whole number"),
    "reasons-is-infinite": ({"tags": {"reasons": float("inf")}}, "reasons has to be a whole number"),
    "tags-are-a-list": ({"tags": []}, "meta.tags has to be an object"),
    "meta-is-a-list": ([], "meta has to be an object"),
}


@pytest.mark.parametrize(("meta", "sentence"), BAD_TAGS.values(), ids=BAD_TAGS.keys())
def test_bad_tag_is_refused_by_name(classifier: RedditClassifier, meta: Any, sentence: str) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        classifier.predict(["a"], [], meta=meta)


@pytest.mark.parametrize("meta", [None, {}, {"tags": {}}, {"tags": None}, {"tags": {"mine": [1]}}])
def test_no_reasons_are_given_unless_asked_for(classifier: RedditClassifier, meta: Any) -> None:
    classifier.predict(TEXTS, [], meta=meta)
    assert classifier.tags() == {"model_version": classifier.model_version}


def test_reasons_are_given_strictly_above_the_threshold(
    classifier: RedditClassifier, expected: list[list[float]]
) -> None:
    second = sorted(removed for _, removed in expected)[1]
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": second, "reasons": 2}})
    ((place, reasons),) = classifier.tags()["reasons"].items()
    assert expected[int(place)][1] > second
    assert len(reasons) == 2
    (word, weight, start, end), (_, smaller, *_) = reasons
    assert TEXTS[int(place)][start:end].lower() == word
    assert abs(weight) >= abs(smaller) > 0


def test_reasons_point_at_the_text_and_traits_at_none_of_it(additive_bundle: Path) -> None:
    classifier = RedditClassifier(str(additive_bundle))
    text = "You IDIOT, don&#39;t wake up?!"
    classifier.predict(["", text], [], meta={"tags": {"explain_above": -1, "reasons": 1_000}})
    reasons = json.loads(json.dumps(classifier.tags()["reasons"]))["1"]
    places = {word: text[start:end] for word, _, start, end in reasons if start is not None}
    assert places["idiot"] == "IDIOT"
    assert places["n't"] == "n&#39;t"
    traits = [(word, end) for word, _, start, end in reasons if start is None]
    assert ("question marks", None) in traits
    assert {end for _, end in traits} == {None}


def test_reasons_are_five_unless_said_otherwise(classifier: RedditClassifier) -> None:
    text = " ".join(make_texts(count=20)[0])
    classifier.predict([text], [], meta={"tags": {"explain_above": -1}})
    assert len(classifier.tags()["reasons"]["0"]) == 5
    classifier.predict([text], [], meta={"tags": {"explain_above": -1.0, "reasons": 7.0}})
    assert len(classifier.tags()["reasons"]["0"]) == 7
    classifier.predict([text], [], meta={"tags": {"explain_above": -1.0, "reasons": 0}})
    assert classifier.tags()["reasons"] == {"0": []}


def test_metrics_are_told_once(classifier: RedditClassifier) -> None:
    classifier.predict(TEXTS)
    requests, counter, timer = classifier.metrics()
    assert requests == {"type": "COUNTER", "key": REQUESTS, "value": 1}
    assert counter == {"type": "COUNTER", "key": COMMENTS_SCORED, "value": 3}
    assert (timer["type"], timer["key"]) == ("TIMER", SCORING_TIME)
    assert timer["value"] > 0
    assert classifier.metrics() == []


def test_refused_call_leaves_nothing_of_the_one_before(classifier: RedditClassifier) -> None:
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": 0.0}})
    with pytest.raises(BadRequestError):
        classifier.predict(None)
    assert "reasons" not in classifier.tags()
    assert classifier.metrics() == []


def test_tags_and_metrics_are_each_threads_own(classifier: RedditClassifier) -> None:
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": -1.0}})
    with ThreadPoolExecutor(1) as thread:
        assert "reasons" not in thread.submit(classifier.tags).result()
        assert thread.submit(classifier.metrics).result() == []
        thread.submit(classifier.predict, ["a"]).result()
    assert len(classifier.tags()["reasons"]) == 3
    assert classifier.metrics()[1]["value"] == 3


def test_concurrent_calls_give_the_same_answers(good_bundle: Path) -> None:
    texts = make_texts(count=200, seed=42)[0]
    batches = [texts[at : at + 7] for at in range(0, len(texts), 7)]
    shared = RedditClassifier(str(good_bundle))  # its table is empty, so the threads fill it together

    def ask(batch: list[str]) -> tuple[list[list[float]], dict[str, Any], int]:
        answer = shared.predict(batch, [], meta={"tags": {"explain_above": 0.5, "reasons": 3}})
        return answer.tolist(), shared.tags(), shared.metrics()[1]["value"]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(ask, batches * 4))
    assert together == [ask(batch) for batch in batches] * 4


def test_health_is_scored_and_leaves_no_trace(classifier: RedditClassifier) -> None:
    assert classifier.health_status() == "ready"
    assert classifier.metrics() == []


def test_metadata_and_names_tell_what_the_model_is(classifier: RedditClassifier, good_bundle: Path) -> None:
    version = load_bundle(good_bundle).model_version
    assert classifier.model_version == version
    assert classifier.init_metadata()["versions"] == [version]
    names = classifier.class_names()
    names.clear()
    assert classifier.class_names() == ["kept", "removed"]
    classifier.load()


def test_model_is_that_of_the_environment(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOD_MODEL_DIR", str(bundle))
    assert RedditClassifier().model_version == load_bundle(bundle).model_version
    monkeypatch.setenv("MOD_MODEL_DIR", str(bundle.parent))
    with pytest.raises(NoBundleError):
        RedditClassifier()


def test_scoring_imports_neither_seldon_nor_flask_nor_scikit_learn(good_bundle: Path) -> None:
    code = (
        "import sys; from model_service.reddit_classifier import RedditClassifier\n"
        "early = set(sys.modules)\n"
        "classifier = RedditClassifier(sys.argv[1])\n"
        "classifier.predict(['a'], [], {'tags': {'explain_above': 0}})\n"
        "classifier.tags(), classifier.metrics()\n"
        "print(sorted({'seldon_core', 'flask', 'sklearn', 'scipy', 'dill', 'grpc'} & set(sys.modules)))\n"
        "print('spacy' in early)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(good_bundle)], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split("\n")[:2] == ["[]", "False"]


def test_name_of_a_threshold_stands_for_its_number(classifier: RedditClassifier) -> None:
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": 0.5}})
    by_number = classifier.tags()
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": "default"}})
    assert classifier.tags() == {**by_number, "explained_above": 0.5}


def test_name_that_the_bundle_does_not_have_gives_no_reasons_and_the_names_there_are(
    classifier: RedditClassifier,
) -> None:
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": "nope"}})
    told: dict[str, Any] = {"explained_above": None, "thresholds": ["default"], "reasons": {}}
    assert classifier.tags() == {"model_version": classifier.model_version, **told}
    classifier.predict(TEXTS, [], meta={"tags": {"explain_above": 0.0}})
    assert "explained_above" not in classifier.tags()


@pytest.mark.parametrize("name", ["Default", "0.5", "", "-", "a b"])
def test_what_cannot_be_a_name_is_refused(classifier: RedditClassifier, name: str) -> None:
    with pytest.raises(BadRequestError, match="a number or the name of a threshold"):
        classifier.predict(["a"], [], meta={"tags": {"explain_above": name}})


def test_text_beyond_the_limit_is_refused_by_its_place(
    classifier: RedditClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_input, "LONGEST_TEXT", 10)
    assert len(classifier.predict(["0123456789"])) == 1
    for sent in (["a", "0123456789x"], [["a"], ["01234", "56789"]], np.array(["a", "0123456789x"])):
        with pytest.raises(BadRequestError, match="text 1 has 11 characters; at most 10 are scored"):
            classifier.predict(sent)


def test_very_long_text_is_scored_without_reasons(
    classifier: RedditClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reddit_classifier, "LONGEST_EXPLAINED", 10)
    classifier.predict(["you idiot!", "you idiot!!"], [], meta={"tags": {"explain_above": 0}})
    assert list(classifier.tags()["reasons"]) == ["0"]
